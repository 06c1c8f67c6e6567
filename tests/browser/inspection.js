// Returns what a careful reader of the page would object to; run inside the page by the tests.
() => {
  const found = [];
  const shown = (element) => {
    const style = getComputedStyle(element);
    return element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && style.clipPath === "none";
  };
  const name = (element) =>
    `${element.tagName.toLowerCase()}.${String(element.className.baseVal ?? element.className)} "${(
      element.getAttribute("aria-label") || element.textContent
    )
      .trim()
      .replace(/\s+/g, " ")
      .slice(0, 40)}"`;

  // --- no horizontal scroll ---
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) found.push(`horizontal scroll of ${wide} px`);

  // --- touch targets of 44 px, but for links within a sentence ---
  const inSentence = (link) =>
    link.tagName === "A" && getComputedStyle(link).display === "inline" && link.closest("p, li, dd, caption, blockquote");
  const box = (element) => {
    const label = element.closest("label") ?? (element.id && document.querySelector(`label[for="${element.id}"]`));
    const own = element.getBoundingClientRect();
    const other = ["checkbox", "radio"].includes(element.type) && label ? label.getBoundingClientRect() : own;
    return { width: Math.max(own.width, other.width), height: Math.max(own.height, other.height) };
  };
  for (const element of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    if (!shown(element) || inSentence(element) || element.matches(".skip, .table input")) continue;
    const { width, height } = box(element);
    if (width < 43.5 || height < 43.5) found.push(`target of ${width.toFixed(0)} x ${height.toFixed(0)}: ${name(element)}`);
  }

  // --- contrast of text, computed from the colors as the browser resolved them ---
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r / 255, g / 255, b / 255, a / 255];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(rgba(getComputedStyle(each).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [1, 1, 1]);
  };
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || !shown(element) || element.closest("svg, noscript, option, .pad__hint")) continue;
    if (element.closest(":disabled, [aria-disabled=true]")) continue;
    const style = getComputedStyle(element);
    const under = ground(element);
    const [high, low] = [light(over(rgba(style.color), under)), light(under)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast of ${ratio.toFixed(2)}: ${name(element)}`);
  }

  // --- headings, names, languages ---
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(shown).map((h) => Number(h.tagName[1]));
  if (headings.filter((level) => level === 1).length !== 1) found.push(`${headings.filter((l) => l === 1).length} h1`);
  for (const image of document.querySelectorAll("img:not([alt])")) found.push(`picture without alt: ${image.src}`);
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (shown(field) && !field.labels?.length && !field.getAttribute("aria-label")) found.push(`no label: ${name(field)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  if (twice.length) found.push(`ids used twice: ${twice.join(", ")}`);
  if (document.querySelector("[style], style, script:not([src])")) found.push("inline style or script");
  return [...new Set(found)];
}
