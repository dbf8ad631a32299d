// SPDX-License-Identifier: BSD-3-Clause
//
// The table of verbs. A new one needs a file, a row here, and its words in the manual page, docs/kvcli.md and the
// completions, which documents_test.cc checks.
#include "cli/verbs.hpp"

namespace csd::cli {

static constexpr VerbEntry kVerbs[] = {
    {"store", "", "Store a value, or add to one",
     "  kvcli store cars cars.csv\n"
     "  gunzip < log.gz | kvcli store log --append\n"
     "  kvcli store 0x00FF10 image.bin --only-add",
     make_store},
    {"retrieve", "", "Retrieve a value, or a part of it",
     "  kvcli retrieve cars\n"
     "  kvcli retrieve cars -f cars.csv\n"
     "  kvcli retrieve log --offset 1048576 --length 512",
     make_retrieve},
    {"list", "", "List keys, one a line",
     "  kvcli list\n"
     "  kvcli list --prefix user: --limit 10\n"
     "  kvcli -o json list --start 0x80",
     make_list},
    {"exists", "exist", "Ask whether a key exists: exit status 0 or 3",
     "  kvcli exists cars && echo there", make_exists},
    {"delete", "rm", "Delete a value", "  kvcli delete cars\n  kvcli rm -- -odd-key", make_delete},
    {"flush", "", "Make everything acknowledged durable", "  kvcli flush", make_flush},
    {"format", "", "Remove every value of the namespace", "  kvcli format --yes", make_format},
    {"select", "", "Run one SQL SELECT over a value, inside the drive",
     "  kvcli select cars 'SELECT make, avg(price) FROM s3object GROUP BY make'\n"
     "  kvcli select flights 'SELECT count(*) FROM x WHERE delay > 60' --input parquet\n"
     "  kvcli select semi 'SELECT _1 FROM x' --no-input-header --option 'delimiter=;'\n"
     "  kvcli select films 'SELECT title FROM x' --input json --option json=document --output json "
     "-f films.json",
     make_select},
    {"info", "", "Show what the drive says of itself", "  kvcli info\n  kvcli -o json info",
     make_info},
    {"bench", "", "Put load on the drive and show rates and latencies",
     "  kvcli bench --verb store --size 4k --queue-depth 32\n"
     "  kvcli bench --verb retrieve --size 1m --threads 2 --duration 10\n"
     "  kvcli -o json bench --verb select --size 10m --ops 20",
     make_bench},
};

std::span<const VerbEntry> verbs() {
    return kVerbs;
}

CLI::Validator whole_number() {
    return CLI::Validator(
        [](const std::string& text) {
            const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
            return digits ? std::string() : "'" + text + "' is not a whole number";
        },
        "");
}

}  // namespace csd::cli
