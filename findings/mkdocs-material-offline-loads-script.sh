#!/usr/bin/env bash
# mkdocs-material's plugin "offline" adds a script from unpkg.com to every page; without the plugin there is none.
#
# Versions: mkdocs-material 9.8.2, mkdocs 1.6.1, Python 3.11.
# Expected: a site built with a plugin called "offline" loads all that it needs from its own folder.
# Seen: each page has <script src="https://unpkg.com/iframe-worker/shim">, which the search needs over file://; it is
#   copied into the site only if the plugin "privacy" is there too, and the network while building. A strict build says
#   nothing. For pages that ask no other host, leave "offline" out, and serve the folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q mkdocs==1.6.1 mkdocs-material==9.8.2
cd "$folder"
mkdir docs
echo '# A page' > docs/index.md
export NO_MKDOCS_2_WARNING=1
for plugins in '[search]' '[search, offline]'; do
  printf 'site_name: x\ntheme: {name: material, font: false}\nplugins: %s\n' "$plugins" > mkdocs.yml
  venv/bin/python -m mkdocs build --quiet --strict --site-dir "site-$plugins"
  echo "$plugins: $(grep -o 'src="https\?:[^"]*"' "site-$plugins/index.html" || echo nothing from elsewhere)"
done | tee seen
diff seen - <<'SEEN'
[search]: nothing from elsewhere
[search, offline]: src="https://unpkg.com/iframe-worker/shim"
SEEN
