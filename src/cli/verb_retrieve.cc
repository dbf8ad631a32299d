// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include <algorithm>

#include "cli/files.hpp"
#include "cli/key_text.hpp"
#include "cli/progress.hpp"
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

class RetrieveVerb : public Verb {
  public:
    void declare(CLI::App& app) override {
        app.add_option("KEY", key_, "Key: text, or 0x and hexadecimal digits")
            ->required()
            ->check(parsed_by(parse_key));
        app.add_option("-f,--file", file_, "Write to this file, which appears whole or not at all");
        app.add_option("--offset", range_.offset,
                       "First byte of the value to retrieve; 0 is the first")
            ->check(whole_number());
        app.add_option("--length", length_, "Most bytes to retrieve")->check(whole_number());
    }

    Result<int> run(Session& session) override {
        const auto key = parse_key(key_);
        if (!key.ok()) return key.status();
        range_.length = length_;
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        auto output = OutputFile::open(file_);
        if (!output.ok()) return output.status();
        const auto bytes = receive(*drive.value(), key.value(), output.value());
        if (!bytes.ok()) return bytes.status();
        if (const Status kept = output.value().commit(); !kept.ok()) return kept;
        if (session.json() && !file_.empty()) {
            auto object = key_json(key.value());
            object["file"] = file_;
            object["bytes"] = bytes.value();
            if (const Status told = session.print_json(object); !told.ok()) return told;
        }
        return kExitDone;
    }

  private:
    // How much is to come. A failure here is one of the retrieve, which then tells it.
    std::optional<uint64_t> total(kv::Client& drive, const Key& key) const {
        if (!Progress::possible()) return std::nullopt;
        const auto info = drive.describe(key);
        if (!info.ok()) return std::nullopt;
        const uint64_t size = info.value().size;
        const uint64_t rest = size - std::min(size, range_.offset);
        return std::min(rest, length_.value_or(rest));
    }

    Result<uint64_t> receive(kv::Client& drive, const Key& key, OutputFile& output) {
        Progress progress(total(drive, key));
        return drive.retrieve(key, range_, progress.watch(output.sink()));
    }

    std::string key_;
    std::string file_;
    kv::Range range_;
    std::optional<uint64_t> length_;
};

}  // namespace

std::unique_ptr<Verb> make_retrieve() {
    return std::make_unique<RetrieveVerb>();
}

}  // namespace csd::cli
