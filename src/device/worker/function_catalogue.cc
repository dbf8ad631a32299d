// SPDX-License-Identifier: BSD-3-Clause
//
// csd-function-catalogue: for whoever moves to another DuckDB. Prints the functions of the library beside it that
// functions_*.inc neither allows nor denies, each as a line to sort into that file. Exit status 1 when there are any.
#include <cstdio>

#include "device/worker/catalogue.hpp"

int main() {
    using namespace csd::worker;
    auto api = load_duckdb();
    if (!api.ok()) {
        std::fprintf(stderr, "%s\n", api.status().message().c_str());
        return 2;
    }
    auto database = Database::open(api.value(), {{"threads", "1"}});
    if (!database.ok()) return 2;
    auto unreviewed = unreviewed_functions(*database.value());
    if (!unreviewed.ok()) return 2;
    std::printf("// %s: %zu functions to review\n", api.value().library_version(),
                unreviewed.value().size());
    for (const Unreviewed& one : unreviewed.value())
        std::printf("UNREVIEWED(\"%s\")  // %s. %s\n", one.name.c_str(), one.type.c_str(),
                    one.description.c_str());
    return unreviewed.value().empty() ? 0 : 1;
}
