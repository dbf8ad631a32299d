// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

class FlushVerb : public Verb {
  public:
    void declare(CLI::App&) override {}

    Result<int> run(Session& session) override {
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        if (const Status flushed = drive.value()->flush(); !flushed.ok()) return flushed;
        if (session.json()) {
            if (const Status told = session.print_json({{"flushed", true}}); !told.ok())
                return told;
        }
        return kExitDone;
    }
};

}  // namespace

std::unique_ptr<Verb> make_flush() {
    return std::make_unique<FlushVerb>();
}

}  // namespace csd::cli
