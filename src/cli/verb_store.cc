// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/files.hpp"
#include "cli/key_text.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

class StoreVerb : public Verb {
  public:
    void declare(CLI::App& app) override {
        app.add_option("KEY", key_, "Key: text, or 0x and hexadecimal digits")
            ->required()
            ->check(parsed_by(parse_key));
        app.add_option("FILE", file_, "File to store; standard input if absent or -");
        app.add_flag("--append", append_, "Add to the end of the value instead of replacing it");
        auto* add = app.add_flag("--only-add", only_add_, "Fail if the key exists (exit status 4)");
        app.add_flag("--only-update", only_update_,
                     "Fail if the key does not exist (exit status 3)")
            ->excludes(add);
    }

    Result<int> run(Session& session) override {
        const auto key = parse_key(key_);
        if (!key.ok()) return key.status();
        const auto input = Input::open(file_);
        if (!input.ok()) return input.status();
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        const auto size = send(*drive.value(), key.value(), input.value());
        if (!size.ok()) return size.status();
        if (session.json()) {
            auto object = key_json(key.value());
            object["size"] = size.value();
            if (const Status told = session.print_json(object); !told.ok()) return told;
        }
        return kExitDone;
    }

  private:
    kv::When when() const {
        if (only_add_) return kv::When::kOnlyAdd;
        return only_update_ ? kv::When::kOnlyUpdate : kv::When::kAlways;
    }

    Result<uint64_t> send(kv::Client& drive, const Key& key, const Input& input) {
        Progress progress(input.size());
        const kv::Source source = progress.watch(input.source());
        return append_ ? drive.append(key, source, when()) : drive.store(key, source, when());
    }

    std::string key_;
    std::string file_;
    bool append_ = false;
    bool only_add_ = false;
    bool only_update_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_store() {
    return std::make_unique<StoreVerb>();
}

}  // namespace csd::cli
