// A picture file as one of moderate size, whatever the camera made of it.
const LARGEST = 1200;
const PHOTO = 1280;
const QUALITY = 0.88;

/** Return a PNG; a small one is passed on as it is. */
export async function shrink(file) {
  if (file.type === "image/png" && file.size < 500_000) return file;
  return encoded(await drawn(file, LARGEST), "image/png");
}

/** Return a photo as an upright JPEG: smaller, on white, without whatever its file told besides, such as the place. */
export async function shrinkPhoto(file) {
  return encoded(await drawn(file, PHOTO, "#ffffff"), "image/jpeg", QUALITY);
}

/** Draw a picture file upright, its longer side no longer than `largest`. */
async function drawn(file, largest, ground) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, largest / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  if (ground) {
    context.fillStyle = ground;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas;
}

function encoded(canvas, type, quality) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), type, quality);
  });
}
