// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/key_text.hpp"
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

class DeleteVerb : public Verb {
  public:
    void declare(CLI::App& app) override {
        app.add_option("KEY", key_, "Key: text, or 0x and hexadecimal digits")
            ->required()
            ->check(parsed_by(parse_key));
    }

    Result<int> run(Session& session) override {
        const auto key = parse_key(key_);
        if (!key.ok()) return key.status();
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        if (const Status erased = drive.value()->erase(key.value()); !erased.ok()) return erased;
        if (session.json()) {
            auto object = key_json(key.value());
            object["deleted"] = true;
            if (const Status told = session.print_json(object); !told.ok()) return told;
        }
        return kExitDone;
    }

  private:
    std::string key_;
};

}  // namespace

std::unique_ptr<Verb> make_delete() {
    return std::make_unique<DeleteVerb>();
}

}  // namespace csd::cli
