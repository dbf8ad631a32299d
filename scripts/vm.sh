# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd vm: a Linux guest with the drive in it. What starts it is guest/machine.sh, what builds it guest/image.sh.

vm_usage() {
    cat <<'TEXT'
usage: ./csd vm [OPTION...]                      a shell in the guest; `exit` switches it off, Ctrl-A X ends QEMU
       ./csd vm [OPTION...] -- COMMAND [ARG...]  runs COMMAND and ends with its exit status
       ./csd vm [OPTION...] --disk IMAGE | --iso FILE   boots an image of your own with the drive
       ./csd vm [OPTION...] --system IMAGE              the same for an ext4 root with an init, by the guest's kernel; what it
                                                        writes is gone at the end

  --root DIR            where the drive keeps its values ($CSD_CACHE/vm-drive)
  --dialect kv|2023     kv: /dev/ng0n1 is a Key Value namespace; 2023: a block namespace that speaks that dialect
  --drive-options LIST  more options of the namespace, as QEMU takes them: size=1G,sync=always,extensions=off
  --block IMAGE         a raw image for a block namespace on the same controller (2 with kv, 1 with 2023)
  --no-drive            no controller of this script; see --qemu
  --kernel 6.1|6.12     which of Debian 12's kernels (6.12)
  --share DIR           this directory is /share in the guest, both ways (an empty one, gone at the end)
  --forward HOST:GUEST  a TCP port of 127.0.0.1 reaches one of the guest; may be repeated
  --link-listen PORT    a second network, to the one guest that says --link-connect PORT; this end is 10.99.0.1
  --link-connect PORT   the other end of it, 10.99.0.2
  --memory SIZE         1G if absent        --cpus N    2 if absent
  --huge-pages N        so many pages of 2 MiB are reserved in the guest, for SPDK
  --iommu               the guest has an IOMMU, for vfio
  --timeout SECONDS     when the guest is stopped (3600 with a COMMAND, else never); the exit status is then 124
  --console FILE        keep what the serial console said
  --bare                no programs of this project in the guest
  --qemu ARGUMENTS      more arguments for QEMU, split at spaces; may be repeated

CSD_QEMU names another QEMU than build/release/bin/qemu-system-x86_64.
TEXT
}

caller_directory=$OLDPWD
path_of() { case $1 in /*) printf '%s\n' "$1" ;; *) printf '%s\n' "$caller_directory/$1" ;; esac }

# Whether the value is one that the option takes. Options are checked in the order in which they are typed, so that the
# first mistake is the one that is named.
check_value() { # OPTION VALUE
    local form='' path
    path=$(path_of "$2")
    case $1 in
        --kernel) [[ $2 =~ ^6\.(1|12)$ ]] || form='is 6.1 or 6.12' ;;
        --dialect) [[ $2 =~ ^(kv|2023)$ ]] || form='is kv or 2023' ;;
        --huge-pages) [[ $2 =~ ^[0-9]+$ ]] || form='takes a number of pages of 2 MiB' ;;
        --cpus) [[ $2 =~ ^[1-9][0-9]*$ ]] || form='takes a number of processors' ;;
        --memory) [[ $2 =~ ^[1-9][0-9]*[KMGkmg]?$ ]] || form='takes a size such as 1G or 1536M' ;;
        --timeout) [[ $2 =~ ^[0-9]+$ ]] || form='takes a number of seconds' ;;
        --forward) [[ $2 =~ ^[0-9]+:[0-9]+$ ]] || form='takes HOST:GUEST, two port numbers' ;;
        --link-listen | --link-connect) [[ $2 =~ ^[0-9]+$ ]] || form='takes a port number' ;;
        --block | --disk | --iso | --system) [ -r "$path" ] || form='takes a file that can be read' ;;
        --share) [ -d "$path" ] || form='takes a directory' ;;
    esac
    [ -z "$form" ] || die "$1 $form, not '$2'; ./csd vm --help" 2
}

declare -A vm
for option in root drive_options block share forward link_listen link_connect timeout console qemu disk iso system huge_pages; do
    vm[$option]=''
done
vm+=([dialect]=kv [kernel]=6.12 [memory]=1G [cpus]=2)
with_drive=1 bare=0 iommu=0
command=()

while [ $# -gt 0 ]; do
    option=${1#--}
    option=${option//-/_}
    case $1 in
        --)
            shift
            command=("$@")
            [ $# -gt 0 ] || die "a command is missing after --" 2
            break
            ;;
        -h | --help) vm_usage && exit 0 ;;
        --bare) bare=1 && shift && continue ;;
        --no-drive) with_drive=0 && shift && continue ;;
        --iommu) iommu=1 && shift && continue ;;
    esac
    [[ -v vm[$option] ]] && [ "$1" != "$option" ] || die "there is no option '$1'; ./csd vm --help" 2
    [ $# -gt 1 ] || die "$1 needs a value" 2
    check_value "$1" "$2"
    case $1 in
        --root | --block | --share | --console | --disk | --iso | --system) vm[$option]=$(path_of "$2") ;;
        --forward | --qemu) vm[$option]+=" $2" ;;
        *) vm[$option]=$2 ;;
    esac
    shift 2
done

[ ${#command[@]} -eq 0 ] || [ -z "${vm[disk]}${vm[iso]}${vm[system]}" ] || die "a COMMAND runs in the project's own guest only" 2
[ "$(id -u)" = 0 ] || die "the shared directory needs root; try: sudo ./csd vm" 2
: "${vm[timeout]:=$([ ${#command[@]} -gt 0 ] && echo 3600 || echo 0)}"

# Standard output is the command's alone.
exec 5>&1 6<&0 1>&2
source guest/image.sh
source guest/machine.sh
need vm
if [ ! -x build/release/bin/kvcli ]; then need build && build_quiet=1 build_preset release programs; fi
if [ -z "${CSD_QEMU:-}" ] && [ ! -x build/release/bin/qemu-system-x86_64 ]; then qemu/build; fi
qemu=$(qemu_program)
guest=$(guest_dir)
cached "$guest" fill_guest
: "${vm[root]:=$CSD_CACHE/vm-drive$([ "${vm[dialect]}" = kv ] || echo -2023)}"

trap at_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
run=$(mktemp -d)
if [ -z "${vm[share]}" ]; then
    vm[share]=$run/exchange
    mkdir "${vm[share]}"
fi
compose "$qemu"
run_machine "$qemu"
