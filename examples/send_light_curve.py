"""Send the light curve of one object to an Outclass server and print what it is.

Needs Python 3.9 or newer and nothing else, so it runs on a Raspberry Pi beside a telescope:

    export OUTCLASS_KEY=oc_...          # from the page "API keys"; optional, without it a smaller allowance
    python send_light_curve.py http://127.0.0.1:8000 curve.csv --photoz 0.12
    tail -n +1 curve.csv | python send_light_curve.py http://127.0.0.1:8000 -

The file is CSV with the columns mjd, passband (u g r i z y, or 0 to 5), flux, flux_err and, if you like,
detected. Flux is in units of magnitude 27.5 for 1; it may be negative.
"""

import argparse
import csv
import json
import os
import sys
import time
import urllib.error
import urllib.request

TRIES = 6
LONGEST_WAIT = 60.0


def main():
    """Read the file, ask, and print an answer for people, or the server's JSON."""
    options = parse_arguments()
    answer = ask(
        options.server, options.challenge, read_curve(options.file, options.photoz, options.photoz_err)
    )
    if options.json:
        print(json.dumps(answer, indent=2))
        return
    print(describe(answer))


def parse_arguments():
    """Return the command line."""
    parser = argparse.ArgumentParser(description="Ask an Outclass server what a light curve is.")
    parser.add_argument("server", help="such as http://127.0.0.1:8000")
    parser.add_argument("file", help="a CSV file, or - for the standard input")
    parser.add_argument("--challenge", default="stars")
    parser.add_argument("--photoz", type=float, help="redshift of the host; 0 for an object of our Galaxy")
    parser.add_argument("--photoz-err", type=float, help="its error")
    parser.add_argument("--json", action="store_true", help="print the whole answer")
    return parser.parse_args()


def read_curve(name, photoz, photoz_err):
    """Return the request of a file."""
    with sys.stdin if name == "-" else open(name, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, skipinitialspace=True))
    if not rows:
        sys.exit(f"{name}: there are no observations")
    try:
        columns = {column: [float(row[column]) for row in rows] for column in ("mjd", "flux", "flux_err")}
        columns["passband"] = [band(row["passband"]) for row in rows]
    except (KeyError, TypeError, ValueError) as error:
        sys.exit(f"{name}: a column or value is missing or no number: {error}")
    if "detected" in rows[0]:
        columns["detected"] = [int(float(row["detected"])) for row in rows]
    facts = {"hostgal_photoz": photoz, "hostgal_photoz_err": photoz_err}
    return {"object": {key: value for key, value in facts.items() if value is not None}, **columns}


def band(text):
    """Return a band as the server takes it: its number or its name."""
    return int(text) if text.strip().isdigit() else text.strip()


def ask(server, challenge, curve):
    """Send the request; wait and try again where the server is busy or the network fails."""
    request = urllib.request.Request(
        f"{server.rstrip('/')}/api/v1/challenges/{challenge}/predict",
        data=json.dumps(curve).encode(),
        headers={"Content-Type": "application/json", **key_header()},
    )
    for attempt in range(TRIES):
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            problem = error.read().decode("utf-8", "replace")
            if error.code not in (429, 503) or attempt == TRIES - 1:
                sys.exit(f"the server answers {error.code}: {problem}")
            wait = float(error.headers.get("Retry-After") or 2**attempt)
        except OSError as error:
            if attempt == TRIES - 1:
                sys.exit(f"the server cannot be reached: {error}")
            wait = 2.0**attempt
        time.sleep(min(wait, LONGEST_WAIT))
    raise AssertionError("never reached")


def key_header():
    """Return the header with the key of the environment, if there is one."""
    key = os.environ.get("OUTCLASS_KEY")
    return {"Authorization": f"Bearer {key}"} if key else {}


def describe(answer):
    """Return the three best classes, and what each adviser says of them."""
    best = sorted(answer["probabilities"].items(), key=lambda item: -item[1])[:3]
    advisers = answer.get("advisers", [])
    lines = ["class      together" + "".join(f"{adviser['name']:>12}" for adviser in advisers)]
    for name, share in best:
        said = "".join(f"{adviser['probabilities'].get(name, 0.0):12.1%}" for adviser in advisers)
        lines.append(f"{name:<10}{share:9.1%}{said}")
    if answer["abstained"]:
        lines.append(f"Do not rely on it: {answer['reason']}.")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
