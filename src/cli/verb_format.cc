// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

class FormatVerb : public Verb {
  public:
    void declare(CLI::App& app) override {
        app.add_flag("--yes", yes_, "Really remove every value of the namespace");
    }

    Result<int> run(Session& session) override {
        if (!yes_) {
            return Status(
                Code::kUsage,
                "format removes every value of the namespace; say --yes if that is meant");
        }
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        if (const Status formatted = drive.value()->format(); !formatted.ok()) return formatted;
        if (session.json()) {
            if (const Status told = session.print_json({{"formatted", true}}); !told.ok())
                return told;
        }
        return kExitDone;
    }

  private:
    bool yes_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_format() {
    return std::make_unique<FormatVerb>();
}

}  // namespace csd::cli
