// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_process_test.cc.
#include "device/worker/worker.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>

#include "base/unique_fd.hpp"
#include "device/query/socket.hpp"
#include "device/worker/attack.hpp"
#include "device/worker/files.hpp"
#include "device/worker/sandbox.hpp"
#include "device/worker/select.hpp"
#include "device/worker/sql_text.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

bool place(int fd, int number) {
    return fd == number || dup3(fd, number, O_CLOEXEC) == number;
}

// Everything at its number, and nothing else open. The launcher's socket is among what ends here.
bool arrange_descriptors(int socket) {
    if (!place(socket, kSocketFd)) return false;
    for (int number : {kInputScratchFd, kOutputScratchFd}) {
        UniqueFd scratch(memfd_create("csd-scratch", MFD_CLOEXEC));
        if (!scratch || !place(scratch.get(), number)) return false;
        if (scratch.get() == number) (void)scratch.release();
    }
    // Placeholders until the task comes.
    if (!place(kInputScratchFd, kObjectFd) || !place(kOutputScratchFd, kResultFd)) return false;
    syscall(SYS_close_range, kSocketFd + 1, kObjectFd - 1, 0);
    return syscall(SYS_close_range, kFirstUnusedFd, ~0u, 0) == 0;
}

void answer(const Status& status) {
    std::string_view text = status.message();
    text = text.substr(0, query::kMaxAnswerText);
    query::Answer header{static_cast<uint32_t>(status.code()), static_cast<uint32_t>(text.size())};
    header.reason = static_cast<uint16_t>(nvme::general_reason(status.code()));
    header.position = UINT32_MAX;
    if (const nvme::QueryReason* reason = status.reason(); reason != nullptr) {
        header.reason = static_cast<uint16_t>(reason->code);
        header.position = reason->position.value_or(UINT32_MAX);
        header.place_bytes = reason->place_bytes;
        header.subject_offset = reason->subject_offset;
        header.subject_bytes = reason->subject_bytes;
        header.record = reason->record;
    }
    std::array<iovec, 2> parts{iovec{&header, sizeof(header)},
                               iovec{const_cast<char*>(text.data()), text.size()}};
    query::send_message(kSocketFd, parts, {}, true);
}

struct Received {
    query::Task task;
    std::string_view options;
    std::string_view sql;
};

// Nothing when the engine has gone or makes no sense: there is nobody to answer then.
std::optional<Received> receive(std::vector<char>& buffer) {
    iovec part{buffer.data(), buffer.size()};
    query::Received message = query::receive_message(kSocketFd, {&part, 1}, 2, true);
    Received received;
    auto bytes = static_cast<size_t>(std::max<ssize_t>(message.bytes, 0));
    if (bytes < sizeof(query::Task) || message.truncated || message.fds.size() != 2)
        return std::nullopt;
    std::memcpy(&received.task, buffer.data(), sizeof(query::Task));
    std::string_view text(buffer.data() + sizeof(query::Task), bytes - sizeof(query::Task));
    if (uint64_t{received.task.option_bytes} + received.task.sql_bytes != text.size())
        return std::nullopt;
    received.options = text.substr(0, received.task.option_bytes);
    received.sql = text.substr(received.task.option_bytes);
    if (!place(message.fds[0].get(), kObjectFd) || !place(message.fds[1].get(), kResultFd))
        return std::nullopt;
    return received;
}

// DuckDB's own fence, the innermost. It compares resolved paths, so this is said behind the sandbox, where
// nothing is a symbolic link, and while there are files at the numbers.
Status restrict_database(Database& database) {
    std::string paths;
    for (int fd : {kObjectFd, kResultFd, kInputScratchFd, kOutputScratchFd})
        paths += (paths.empty() ? "" : ", ") + sql_string(path_of(fd));
    for (const std::string& sql :
         {"SET allowed_paths=[" + paths + "]", std::string("SET enable_external_access=false"),
          std::string("SET TimeZone='UTC'")})
        if (auto error = database.execute(sql))
            return Status(Code::kQueryEngine, "DuckDB could not be restricted: " + error->text);
    return {};
}

Status serve(const Inherited& inherited, const Received& received) {
    Status closed = restrict_files_to(kObjectFd, inherited.landlock_version);
    if (!closed.ok()) return closed;
    run_attack_if_built_in(received.sql);
    Database& database = inherited.database;
    bool small = received.task.value_bytes < query::kSmallValueBytes;
    unsigned threads = small ? 1 : inherited.config.threads;
    if (!small && database.execute("SET threads=" + std::to_string(threads)))
        return Status(Code::kQueryEngine, "the query's threads could not be made");
    if (database.execute("SET lock_configuration=true"))
        return Status(Code::kQueryEngine, "the query engine could not be locked");
    return run_select(database, received.task, received.options, received.sql, threads);
}

}  // namespace

std::vector<Database::Setting> database_settings(const query::Config& config) {
    return {
        {"threads", "1"},
        {"memory_limit", std::to_string(config.memory_bytes / 5 * 4) + "B"},
        {"temp_directory", ""},
        {"max_temp_directory_size", "0B"},
        {"autoload_known_extensions", "false"},
        {"autoinstall_known_extensions", "false"},
        {"allow_community_extensions", "false"},
        {"allow_unsigned_extensions", "false"},
        {"allow_persistent_secrets", "false"},
        // The object's path is the same in every worker; what was cached under it is another object's.
        {"enable_external_file_cache", "false"},
        {"max_expression_depth", "500"}};
}

void live(const Inherited& inherited, int socket) {
    if (!arrange_descriptors(socket)) _exit(1);
    std::vector<char> buffer(sizeof(query::Task) + query::kMaxOptionBytes +
                             inherited.config.sql_bytes);
    Status closed = close_sandbox({inherited.config.memory_bytes, inherited.config.result_bytes},
                                  inherited.launcher_pid);
    if (closed.ok()) closed = restrict_database(inherited.database);
    if (closed.ok()) closed = inherited.warm_up.brief(inherited.database);
    std::optional<Received> received = receive(buffer);
    if (!received) _exit(1);
    try {
        answer(closed.ok() ? serve(inherited, *received) : closed);
    } catch (const std::bad_alloc&) {
        answer(nvme::query_failure(nvme::ReasonCode::kMemory,
                                   "the query needs more memory than it may have; select fewer "
                                   "columns, or sort and group less"));
    } catch (const std::exception&) {
        answer(Status(Code::kQueryEngine, "the query engine failed inside; the drive is well"));
    }
    _exit(0);
}

}  // namespace csd::worker
