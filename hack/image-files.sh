#!/bin/sh
# Adds to dist/linux-$1, where the plugin lies already, the other files of the images
# for that architecture: kubectl as the local stack builds it, and from Debian's
# packages the CA bundle and a static busybox; with the licenses of them all.
# Lists the packages for the SBOMs in dist/linux-$1/IMAGE.packages.
set -eu

arch=$1
files=dist/linux-$arch
packages=${XDG_CACHE_HOME:-$HOME/.cache}/vaultseal/packages

for tool in apt-get dpkg dpkg-deb; do
	command -v "$tool" >/dev/null || {
		echo "error: the images need Debian's packages busybox-static and ca-certificates, and there is no $tool here" >&2
		exit 1
	}
done

# The newest packages, at most a week old, by an apt of its own: it needs no root and
# leaves the machine's package lists, and which architectures they are of, as they are.
fetch() {
	[ -z "$(find "$packages/$1" -maxdepth 0 -mtime -7 2>/dev/null)" ] || return 0
	echo "fetching Debian's packages for $1" >&2
	fetching=$packages/$1.fetching
	rm -rf "$fetching"
	mkdir -p "$fetching/apt/lists/partial" "$fetching/apt/archives/partial"
	set -- "$1" -qq -o APT::Architecture="$1" -o APT::Architectures="$1" -o APT::Sandbox::User= \
		-o Dir::State::status=/dev/null -o Dir::State::Lists="$fetching/apt/lists" -o Dir::Cache="$fetching/apt"
	apt=$1
	shift
	apt-get "$@" update
	(cd "$fetching" && apt-get "$@" download busybox-static ca-certificates)
	for deb in "$fetching"/*.deb; do
		dpkg-deb --extract "$deb" "$fetching/root"
	done
	rm -rf "$fetching/apt" "${packages:?}/$apt"
	touch "$fetching"
	mv "$fetching" "$packages/$apt"
}

native=$(dpkg --print-architecture)
fetch "$arch"
fetch "$native" # its busybox can be asked for the names it goes by

certificates=$files/vaultseal/etc/ssl/certs
mkdir -p "$certificates"
cat "$packages/$arch"/root/usr/share/ca-certificates/mozilla/*.crt >"$certificates/ca-certificates.crt"

# What the licenses of the program $2 ask for, into the image's directory $1.
licenses() {
	of=$1/usr/share/doc/${2##*/}
	mkdir -p "$of"
	go run -C hack/contents . licenses -source ../.. "$PWD/$2" "$PWD/$of/THIRD-PARTY-LICENSES.txt"
	cp LICENSE "$of/"
}

# What those of the Debian package $2 ask for, and its line in the list that the SBOM is made of.
package() {
	mkdir -p "$1/usr/share/doc/$2"
	cp "$packages/$arch/root/usr/share/doc/$2/copyright" "$1/usr/share/doc/$2/"
	dpkg-deb --show --showformat "$release\t\${Package}\t\${Version}\t\${Architecture}\t\${Built-Using}\n" \
		"$packages/$arch/$2"_*.deb >>"$1.packages"
}
release=$(sed -n 's/^VERSION_ID="\(.*\)"$/\1/p' /etc/os-release) # of Debian
licenses "$files/vaultseal" "$files/vaultseal/kubectl-vaultseal"
package "$files/vaultseal" ca-certificates

ci=$files/ci
mkdir -p "$ci/bin" "$ci/etc" "$ci/tmp" "$ci/usr/local/bin" "$files/home/vaultseal"
cp "$packages/$arch/root/bin/busybox" "$ci/bin/busybox"
package "$ci" busybox-static
for name in $("$packages/$native/root/bin/busybox" --list); do
	[ "$name" = busybox ] || ln -s busybox "$ci/bin/$name"
done
cp "$(bin/stack kubectl "$arch")" "$ci/usr/local/bin/kubectl"
licenses "$ci" "$ci/usr/local/bin/kubectl"
ln -s /kubectl-vaultseal "$ci/usr/local/bin/kubectl-vaultseal"
echo 'vaultseal:x:65532:65532::/home/vaultseal:/bin/sh' >"$ci/etc/passwd"
echo 'vaultseal:x:65532:' >"$ci/etc/group"

chmod -R u=rwX,go=rX "$files"
chmod 755 "$files/vaultseal/kubectl-vaultseal" "$ci/bin/busybox" "$ci/usr/local/bin/kubectl"
chmod 1777 "$ci/tmp"
