#!/bin/sh
# Make function.zip: handler, home and packages, for Lambda's own Python {{python}} on {{machine}}.
#   sh build.sh
# For the image nothing is to be built here: docker build .
set -eu
cd "$(dirname "$0")"
python=${PYTHON:-python3}
wheel=$(ls packages/*.whl)
rm -rf package function.zip
"$python" -m pip install --quiet --target package --python-version {{python}} --implementation cp \
    --platform manylinux_2_28_{{machine}} --platform manylinux2014_{{machine}} --only-binary :all: \
    "$wheel{{extra}}" --requirement requirements.txt
# What onnxruntime and others declare, and nothing imports while it answers.
rm -rf package/sympy package/sympy-* package/mpmath package/mpmath-* package/isympy* package/bin package/share \
    package/faker package/polyfactory package/pygments package/uvloop
find package -type d \( -name __pycache__ -o -name tests \) -prune -exec rm -rf {} +
cp -R handler.py home package/
# Compiled beforehand, the first answer comes many times sooner; only by the Python that will run it.
same=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ "$same" = {{python}} ]; then
    "$python" -m compileall -q --invalidation-mode unchecked-hash package || true
else
    echo "not compiled, as this is Python $same: PYTHON=python{{python}} sh build.sh makes a faster function" >&2
fi
count='import os; print(sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk("package") for name in names) >> 20)'
size=$("$python" -c "$count")
echo "unpacked: $size MB (Lambda takes 250 MB)"
if [ "$size" -ge 250 ]; then
    echo "too large for a zip: use the image (Dockerfile)" >&2
    exit 1
fi
cd package
"$python" -m zipfile -c ../function.zip ./*
ls -l ../function.zip
