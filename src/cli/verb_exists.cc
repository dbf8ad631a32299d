// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/key_text.hpp"
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

class ExistsVerb : public Verb {
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
        const auto exists = drive.value()->exists(key.value());
        if (!exists.ok()) return exists.status();
        if (const Status told = tell(session, key.value(), exists.value()); !told.ok()) return told;
        return exists.value() ? kExitDone : kExitNotFound;
    }

  private:
    static Status tell(const Session& session, const Key& key, bool exists) {
        if (!session.json()) return session.print_line(exists ? "yes" : "no");
        auto object = key_json(key);
        object["exists"] = exists;
        return session.print_json(object);
    }

    std::string key_;
};

}  // namespace

std::unique_ptr<Verb> make_exists() {
    return std::make_unique<ExistsVerb>();
}

}  // namespace csd::cli
