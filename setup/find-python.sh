#!/bin/sh
# find-python.sh VERSION: prints a Python of that version that runs and can make virtual environments.
# Looks on the path and among pyenv's versions. A pyenv shim on the path may exist and still not run.
version=$1

works() {
    "$1" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" 2>/dev/null
}

IFS=:
for folder in $PATH; do
    if works "$folder/python$version"; then
        echo "$folder/python$version"
        exit
    fi
done
unset IFS
for python in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python; do
    if works "$python"; then
        echo "$python"
        exit
    fi
done
echo "Python $version with its venv module was found neither on the path nor among pyenv's versions:" \
    "please install Python $version, then run make again." >&2
exit 1
