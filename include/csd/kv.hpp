// SPDX-License-Identifier: BSD-3-Clause
//
// csd/kv.hpp - C++ client of a computational storage drive: Key Value pairs, and SQL SELECT over them.
//
//     auto client = csd::kv::Client::open("emulator:/var/lib/drive");
//     if (!client.ok()) return fail(client.status().message());
//     csd::kv::Client& drive = *client.value();
//
//     const csd::Key key = *csd::Key::from_text("cars");
//     csd::Status stored = drive.store(key, csd::as_bytes("make,price\nFord,100\n"));
//
//     std::string rows;
//     csd::kv::SelectOptions options;
//     options.input_header = true;
//     auto bytes = drive.select(key, "SELECT make FROM s3object WHERE price > 50", options,
//                               csd::kv::Sink::to(rows));
//
// Some conventions
//   Units      sizes and offsets are bytes of the value.
//   Errors     Status and Result of csd/status.hpp: a code to switch on, a sentence for people. A select that
//              failed has the drive's sentence, and Status::reason() has its reason as data (csd/query_reason.hpp): a
//              ReasonCode, the position in the SQL, the name of the column or function, the record. A drive that
//              announces no reasons (docs/command-set.md) leaves them ReasonCode::kUnknown. last_nvme_status() is what
//              went over the wire.
//              kReset: the drive was reset while the verb ran. It dropped a result or the pieces of a large value, or a
//              command was aborted; unless the sentence says that nothing was stored, a change may have happened. A
//              select() that had delivered nothing has been sent a second time before it fails so.
//   Ownership  a Client owns its transport. Bytes given to a blocking verb are lent for the call; those given to
//              an async verb until its callback runs.
//   Threads    a Client belongs to one thread at a time and starts none that the caller could notice. For more
//              threads open more Clients; on the emulator they share one drive, as queue pairs share a controller.
//   Callbacks  run inside poll(), wait() or a blocking verb. They may start async verbs, not call blocking ones.
//
// What a value of any size costs
//   A value that fits one transfer is one command. A larger one travels as several:
//   - Store replaces the value all at once whatever its size; until then the pieces are a hidden value of the
//     drive. A source that fails in between leaves the old value.
//   - Append is atomic for each piece of one transfer. Each piece is guarded by the size the value must have, so
//     nothing is appended twice, and two writers cannot mix their pieces: the second fails with kOffsetMismatch.
//   - Retrieve describes the value before and after. If it changed in between, it starts again where what was
//     delivered can be taken back, up to four times, and fails with kOffsetMismatch else.
//
// Drives that can do less
//   A Key Value drive without our extensions stores and retrieves values of one transfer; the rest is
//   kUnsupported. On a namespace of the 2023 dialect a large store is a store and appends (a reader may see a
//   part, a failure leaves a part), offsets end at 4 GiB - 1, and a retrieve notices only changes of size.
//
// Link with csd::kv (CMake) or csd-kv (pkg-config); docs/install.md shows both. The interface has no ABI promise.
// Tested by src/kv/*_test.cc; tests/install/run compiles it as other programs do.
#ifndef CSD_KV_HPP
#define CSD_KV_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csd/bytes.hpp"
#include "csd/cancel.hpp"
#include "csd/extensions.hpp"
#include "csd/key.hpp"
#include "csd/log.hpp"
#include "csd/query_reason.hpp"
#include "csd/status.hpp"

namespace csd::kv {

class Core;       // src/kv/core.hpp
class Transport;  // src/kv/transport/transport.hpp; not installed

// Sees the I/O commands of a Client as they go to the drive and come back: to count and time them, and to notice the loss of
// the drive. Called on the Client's thread, within its verbs; it must not use the Client.
class Observer {
  public:
    virtual ~Observer() = default;
    virtual void sent() = 0;
    // Once for each sent(). `code` is kOk, or what the command's status means; kTransport: the drive was lost, and the
    // Client is of no more use. `took` is the time since it was sent.
    virtual void finished(Code code, std::chrono::nanoseconds took) = 0;
};

struct OpenOptions {
    // Fired: whatever is in flight is asked to stop, and blocking verbs return kAborted. A Client whose token is
    // withdrawn again is as it was before.
    CancelToken cancel;
    Log log;  // of the drive, where it is in this process
    // Most bytes of one command; 0: as many as the transport and the drive can move.
    uint32_t max_transfer_bytes = 0;
    std::string worker_path;  // emulator: the query launcher; empty: found by the drive
    // Called by a blocking verb, on its thread, each time it has waited for the drive a little (at most 20 ms, or 100 ms
    // while open() waits for a drive in use). A place to look for signals and to fire `cancel`; it must not use the Client.
    std::function<void()> while_waiting;
    Observer* observer = nullptr;  // outlives the Client
};

enum class When : uint8_t {
    kAlways,
    kOnlyAdd,     // kExists if the key exists
    kOnlyUpdate,  // kNotFound if it does not
};

// Where the bytes of a store come from. `read` fills its buffer from the front and returns how many bytes
// it put there, fewer than asked for whenever it likes; 0 is the end. A failure ends the store.
struct Source {
    std::function<Result<size_t>(MutableBytes)> read;

    static Source from(Bytes bytes);  // which must outlive the call
};

// Where the bytes of a retrieve or select go. `write` gets them in order. `restart`, if there is one,
// takes back everything written.
struct Sink {
    std::function<Status(Bytes)> write;
    std::function<Status()> restart;

    static Sink to(std::vector<uint8_t>& bytes);  // appends
    static Sink to(std::string& text);
};

struct Range {
    uint64_t offset = 0;             // at or past the end: nothing, successfully
    std::optional<uint64_t> length;  // nothing: to the end
};

struct ValueInfo {
    uint64_t size = 0;
    std::optional<uint64_t>
        version;  // changes whenever the value does, where the drive has versions
};

// What one retrieve delivered.
struct Retrieved {
    uint64_t bytes = 0;  // put into the buffer
    uint64_t size = 0;   // of the whole value, or result
};

struct ListOptions {
    Key prefix;  // only keys that begin with it
    Key start;   // only this key and later ones
    std::optional<uint64_t> limit;
};

struct ComposeOptions {
    When when = When::kAlways;
    bool delete_sources = false;
};

struct SelectOptions {
    nvme::DataFormat input = nvme::DataFormat::kCsv;
    nvme::DataFormat output = nvme::DataFormat::kCsv;
    bool input_header = false;   // the CSV value begins with a header line
    bool output_header = false;  // the CSV result shall begin with one
    std::string json;  // further options as one JSON object, or empty; docs/command-set.md
};

// What the drive says of itself. Figures that it does not tell are 0 or absent.
struct DriveInfo {
    std::string transport;
    std::string model, serial, firmware;
    uint32_t nsid = 0;
    nvme::Dialect dialect = nvme::Dialect::kKeyValue;
    std::optional<nvme::Extensions> extensions;
    uint64_t capacity_bytes = 0;
    uint64_t used_bytes = 0;
    uint32_t max_key_bytes = 16;
    uint64_t max_value_bytes = 0;  // that this client can store there
    uint32_t max_transfer_bytes = 0;
    uint32_t queue_depth = 0;
};

class Client {
  public:
    template <typename T>
    using Done = std::function<void(Result<T>)>;

    // `device` is one of the forms that kvcli takes (docs/kvcli.md). kUnsupported: a transport that this
    // build does not have.
    static Result<std::unique_ptr<Client>> open(std::string_view device,
                                                const OpenOptions& options = {});
    static Result<std::unique_ptr<Client>> over(std::unique_ptr<Transport> transport,
                                                const OpenOptions& options = {});

    explicit Client(std::unique_ptr<Core> core);  // for open() and over()
    // Commands in flight are cancelled; their callbacks do not run.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // --- Blocking verbs ---------------------------------------------------------------------------------

    Status store(const Key& key, Bytes value, When when = When::kAlways);
    // Returns the size of the value.
    Result<uint64_t> store(const Key& key, const Source& source, When when = When::kAlways);

    // A value that is made in the caller's own time, one piece of at most one transfer a call. Until the last
    // it is hidden and belongs to this Client; offset 0 starts afresh, and a wrong offset is kOffsetMismatch. `when` is judged
    // with the last. The drive forgets what lies for ten minutes. Returns the size so far.
    struct Piece {
        uint64_t offset = 0;
        bool last = false;
    };
    Result<uint64_t> store_piece(const Key& key, Bytes data, const Piece& piece,
                                 When when = When::kAlways);

    // Adds to the end of the value, or creates it. Returns the size it has then.
    Result<uint64_t> append(const Key& key, Bytes data, When when = When::kAlways);
    Result<uint64_t> append(const Key& key, const Source& source, When when = When::kAlways);

    Result<std::vector<uint8_t>> retrieve(const Key& key, const Range& range = {});
    // Returns how many bytes went to the sink.
    Result<uint64_t> retrieve(const Key& key, const Range& range, const Sink& sink);

    Result<ValueInfo> describe(const Key& key);
    Result<bool> exists(const Key& key);
    // A key that is absent is no error unless the namespace says so: see set_delete_missing_is_error.
    Status erase(const Key& key);

    // Calls `each` for the keys in order until it returns false. Returns how many there were. A drive without
    // our extensions may list in another order than the keys' own.
    Result<uint64_t> list(const ListOptions& options, const std::function<bool(const Key&)>& each);
    Result<std::vector<Key>> list(const ListOptions& options = {});

    // The value becomes the concatenation of the sources, all at once, inside the drive. Returns its size.
    Result<uint64_t> compose(const Key& key, const std::vector<Key>& sources,
                             const ComposeOptions& options = {});

    // Runs one SELECT over the value and writes the answer to the sink. Returns the answer's size.
    Result<uint64_t> select(const Key& key, std::string_view sql, const SelectOptions& options,
                            const Sink& sink);

    // The same step by step, where the caller does other work meanwhile. The id belongs to this controller. kQueryBusy: the
    // drive has no room for it now, and the caller asks again when it likes.
    Result<uint32_t> select_send(const Key& key, std::string_view sql,
                                 const SelectOptions& options);
    Result<nvme::ResultDescription> select_describe(uint32_t id);
    // kReset: the drive does not have the id, as after a reset. kQueryRunning while it runs. `size` is the whole result's. The first fetch of a query that failed fails
    // with its reason; after a description that said kFailed the reason is what is fetched. Fetching the last byte
    // frees the result.
    Result<Retrieved> select_fetch(uint32_t id, MutableBytes buffer, uint64_t offset);
    Status select_free(uint32_t id);  // cancels it if it runs

    // Everything acknowledged before is durable when this returns.
    Status flush();
    Status format();  // removes every value

    Result<DriveInfo> info();
    // Key Value Configuration, EDNEK: whether erase() of an absent key is kNotFound. Kept by the drive.
    Result<bool> delete_missing_is_error();
    Status set_delete_missing_is_error(bool value);

    // --- Async verbs, at any queue depth -------------------------------------------------------------------
    // What the transport's queue cannot take waits in the Client.

    // Like store(); done gets the value's size. Stores of one key by one client happen one after the other.
    void async_store(const Key& key, Bytes value, When when, Done<uint64_t> done);
    // One guarded piece, at most one transfer: kOffsetMismatch unless the value has `expected_size` now.
    void async_append(const Key& key, Bytes data, uint64_t expected_size, Done<uint64_t> done);
    // Fills the buffer with one version of the value, from `offset` on.
    void async_retrieve(const Key& key, MutableBytes buffer, uint64_t offset, Done<Retrieved> done);
    // Writes one version of the range to the sink, from callbacks, and holds two transfers of it, however large it is.
    // Done gets how many bytes went there. It describes the value before and after, so for a value of one transfer the
    // form above costs less. The sink's functions must stay valid until done has run.
    void async_retrieve(const Key& key, const Range& range, const Sink& sink, Done<uint64_t> done);
    void async_describe(const Key& key, Done<ValueInfo> done);
    void async_exists(const Key& key, Done<bool> done);
    void async_erase(const Key& key, std::function<void(Status)> done);
    void async_select_send(const Key& key, std::string_view sql, const SelectOptions& options,
                           Done<uint32_t> done);

    // Runs callbacks of what has finished; never waits. Returns how many commands finished.
    size_t poll();
    // The same, but waits up to the given time for the first.
    size_t wait(uint32_t timeout_ms);
    size_t in_flight() const;  // commands that have not finished

    // The NVMe status of the last command that failed in the last blocking verb; 0 if there was none.
    uint16_t last_nvme_status() const;
    uint32_t max_transfer_bytes() const;

  private:
    std::unique_ptr<Core> core_;
};

}  // namespace csd::kv
#endif
