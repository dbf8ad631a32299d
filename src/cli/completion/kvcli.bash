# SPDX-License-Identifier: BSD-3-Clause
# Completion of kvcli for bash. src/cli/documents_test.cc checks that every verb and option is here.
_kvcli() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb= i
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        --device | -o) ((i++)) ;;
        -*) ;;
        *)
            verb=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $before in
    -o) COMPREPLY=($(compgen -W 'table json' -- "$word")) && return ;;
    --input | --output) COMPREPLY=($(compgen -W 'csv json parquet' -- "$word")) && return ;;
    --verb)
        COMPREPLY=($(compgen -W 'store retrieve mixed exists delete append list select' -- "$word"))
        return
        ;;
    -f | --file | --device) COMPREPLY=($(compgen -f -- "$word")) && return ;;
    esac
    local options='--device -o --help'
    case $verb in
    '') options+=' --version store retrieve list exists exist delete rm flush format select info bench' ;;
    store) options+=' --append --only-add --only-update' ;;
    retrieve) options+=' -f --file --offset --length' ;;
    list) options+=' --prefix --start --limit' ;;
    format) options+=' --yes' ;;
    select) options+=' --input --output --no-input-header --no-output-header --option -f --file' ;;
    bench) options+=' --verb --size --queue-depth --threads --keys --duration --ops --keep' ;;
    esac
    COMPREPLY=($(compgen -W "$options" -- "$word"))
    if [[ $verb == store && $word != -* ]]; then
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -o filenames -F _kvcli kvcli
