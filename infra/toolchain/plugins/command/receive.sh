#!/bin/sh
# Receives files so that each appears whole under its name, or not at all.
#
#   receive.sh DESTINATION KIND NAME
#
# KIND file: one file, into DESTINATION when that is a directory; text: the same, but DESTINATION names the
# file; tree: a directory called NAME inside DESTINATION; merge: straight into DESTINATION.
#
# Standard input: a line "f MODE SIZE SHA256 PATH" for each file and "d PATH" for each directory, an empty
# line, then the contents that were asked for. Standard output: the number of each file that differs, "end".
set -eu

fail() {
	echo "$*" >&2
	exit 1
}

destination=$1 kind=$2 name=$3 only=
[ -L "$destination" ] && destination=$(readlink -f -- "$destination")
case $kind in
file | text)
	if [ -d "$destination" ]; then
		[ "$kind" = file ] || fail "$destination is a directory; give the file's path as remotePath"
		root=$destination only=$name
	else
		root=$(dirname -- "$destination") only=$(basename -- "$destination")
	fi
	;;
tree) root=$destination/$name ;;
*) root=$destination ;;
esac
if [ -e "$destination" ] && [ ! -d "$destination" ] && [ -z "$only" ]; then
	fail "$destination exists and is not a directory"
fi

same() { # FILE SIZE SHA256
	[ -f "$1" ] && [ "$(stat -c %s -- "$1")" = "$2" ] && [ "$(sha256sum <"$1")" = "$3  -" ]
}

number=0 wanted=
while IFS= read -r line && [ -n "$line" ]; do
	case $line in
	d\ *)
		mkdir -p -- "$root/${line#d }"
		continue
		;;
	esac
	number=$((number + 1))
	IFS=' ' read -r _ mode size sum path <<EOF
$line
EOF
	file=$root/${only:-$path}
	[ ! -d "$file" ] || fail "$file is a directory"
	if same "$file" "$size" "$sum"; then
		if [ "$mode" != - ] && [ "$(stat -c %a -- "$file")" != "$mode" ]; then chmod "$mode" -- "$file"; fi
	else
		echo "$number"
		wanted="$wanted$number $mode $size $sum $file
"
	fi
done
echo end
[ -n "$wanted" ] || exit 0

mkdir -p -- "$root"
# What a machine that lost its power left behind.
find "$root" -maxdepth 1 -name '.ofwasm-copy-*' -mmin +60 -exec rm -rf {} + 2>/dev/null || :
stage=$(mktemp -d "$root/.ofwasm-copy-XXXXXX") || fail "cannot write to $root"
trap 'rm -rf -- "$stage"' EXIT
trap 'exit 1' HUP INT TERM PIPE

exec 3<&0
while IFS=' ' read -r number mode size sum file; do
	[ -n "$number" ] || continue
	part=$stage/$number
	head -c "$size" <&3 >"$part" || fail "cannot write $file"
	same "$part" "$size" "$sum" || fail "$file did not arrive whole and was left as it was"
	if [ "$mode" != - ]; then
		chmod "$mode" -- "$part"
	elif [ -f "$file" ]; then
		chmod "$(stat -c %a -- "$file")" -- "$part"
	fi
	if [ -f "$file" ]; then chown "$(stat -c %u:%g -- "$file")" -- "$part" 2>/dev/null || :; fi
	# Older tools cannot sync one file.
	sync -- "$part" 2>/dev/null || sync
done <<EOF
$wanted
EOF

while IFS=' ' read -r number _ _ _ file; do
	[ -n "$number" ] || continue
	mkdir -p -- "$(dirname -- "$file")"
	mv -f -- "$stage/$number" "$file"
done <<EOF
$wanted
EOF
sync -- "$root" 2>/dev/null || :
