// SPDX-License-Identifier: BSD-3-Clause
//
// airmos: an S3 object store node on Key Value drives. docs/s3.md, docs/man/airmos.1. Tested by tests/airmos.
#include <cstdio>
#include <exception>

#include "airmos/node.hpp"

namespace {

constexpr int kExitFailure = 1, kExitTransport = 5;  // as kvcli has them

int exit_status_of(const csd::Status& status) {
    switch (status.code()) {
        case csd::Code::kOk: return 0;
        case csd::Code::kUsage: return csd::airmos::kExitUsage;
        case csd::Code::kTransport:
        case csd::Code::kNotReady: return kExitTransport;
        default: return kExitFailure;
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const csd::airmos::Parsed parsed = csd::airmos::parse_options(argc, argv);
        if (parsed.exit_status) return *parsed.exit_status;
        const csd::Status status = csd::airmos::run_node(parsed.options);
        if (!status.ok()) (void)std::fprintf(stderr, "airmos: %s\n", status.message().c_str());
        return exit_status_of(status);
    } catch (const std::exception& error) {
        (void)std::fprintf(stderr, "airmos: %s\n", error.what());
        return kExitFailure;
    }
}
