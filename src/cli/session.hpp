// SPDX-License-Identifier: BSD-3-Clause
//
// Session: one run of kvcli: the drive it talks to, and how it answers.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/exit_code.hpp"
#include "csd/kv.hpp"

namespace csd::cli {

enum class Output : uint8_t { kTable, kJson };

class Session {
  public:
    std::string device;
    Output output = Output::kTable;

    // The drive, opened at the first call.
    Result<kv::Client*> drive();
    // Another connection to it, for another thread.
    Result<std::unique_ptr<kv::Client>> connect() const;
    // A connection for what has to be done after an interruption; the second signal ends the process as ever.
    Result<std::unique_ptr<kv::Client>> connect_to_clean_up() const;

    bool json() const { return output == Output::kJson; }
    // To standard output: what the verb found out. Each is one line.
    Status print_json(const nlohmann::ordered_json& object) const;
    Status print_line(std::string_view line) const;

    // To standard error: why the verb failed. Returns the exit status.
    int report(const Status& failure) const;
    void warn(std::string_view sentence) const;
    // To standard error: what the user should know though nothing is wrong.
    void note(std::string_view sentence) const;

  private:
    Result<std::unique_ptr<kv::Client>> connect_until(CancelToken cancel) const;

    std::unique_ptr<kv::Client> client_;
};

// Text that may not be UTF-8, such as a drive's error, as JSON.
std::string to_line(const nlohmann::ordered_json& object);

}  // namespace csd::cli
