# Sourced: a Debian folder by debootstrap, from the mirror that this machine's
# own apt names.
#
#   debian_folder RELEASE DIR LOG

debian_mirror() { # where this machine's own Debian comes from
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' \
        'Created-By: Packages' | sed -n 's/^Debian bookworm //p' | head -n 1
}

debian_folder() {
    [ ! -e "$2/.complete" ] || return 0
    echo "a Debian folder ($1) in $2"
    rm -rf "$2"
    mkdir -p "$2"
    debootstrap --variant=minbase "$1" "$2" "$(debian_mirror)" >"$3" 2>&1 || {
        tail -n 5 "$3"
        rm -rf "$2"
        return 1
    }
    cp /etc/resolv.conf "$2/etc/resolv.conf"
    grep -l Acquire /etc/apt/apt.conf.d/* /etc/apt/apt.conf 2>/dev/null |
        xargs -r cp -t "$2/etc/apt/apt.conf.d/"
    cp /etc/hosts "$2/etc/hosts"
    touch "$2/.complete"
}
