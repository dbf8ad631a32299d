// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include <unistd.h>

#include "cli/files.hpp"
#include "cli/key_text.hpp"
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

class ListVerb : public Verb {
  public:
    void declare(CLI::App& app) override {
        app.add_option("--prefix", prefix_, "Only keys that begin with this one")
            ->check(parsed_by(parse_optional_key));
        app.add_option("--start", start_, "Only this key and those after it")
            ->check(parsed_by(parse_optional_key));
        app.add_option("--limit", options_.limit, "At most so many keys")->check(whole_number());
    }

    Result<int> run(Session& session) override {
        const auto prefix = parse_optional_key(prefix_);
        if (!prefix.ok()) return prefix.status();
        const auto start = parse_optional_key(start_);
        if (!start.ok()) return start.status();
        options_.prefix = prefix.value();
        options_.start = start.value();
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        Status printed;
        const auto listed = drive.value()->list(options_, [&](const Key& key) {
            printed = add_line(session.json() ? to_line(key_json(key)) : write_key(key));
            return printed.ok();
        });
        if (!printed.ok()) return printed;
        if (const Status last = write_lines(); !last.ok()) return last;
        if (!listed.ok()) return listed.status();
        return kExitDone;
    }

  private:
    // A million keys are not a million system calls.
    static constexpr size_t kLinesAtOnce = 64 * 1024;

    Status add_line(const std::string& line) {
        lines_ += line;
        lines_ += '\n';
        return lines_.size() < kLinesAtOnce ? Status() : write_lines();
    }

    Status write_lines() {
        const Status written = write_all(STDOUT_FILENO, as_bytes(lines_), "standard output");
        lines_.clear();
        return written;
    }

    std::string prefix_;
    std::string start_;
    std::string lines_;
    kv::ListOptions options_;
};

}  // namespace

std::unique_ptr<Verb> make_list() {
    return std::make_unique<ListVerb>();
}

}  // namespace csd::cli
