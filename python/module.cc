// SPDX-License-Identifier: BSD-3-Clause
//
// csd._csd: the part of the Python module that is C++, one Client. What people see is python/csd/_drive.py.
//
// Python's lock is free while a command runs. Every 50 ms the waiting thread looks for signals, so that Ctrl-C raises in
// Python and cancels the command in the drive. One verb of a Client runs at a time; other threads wait for their turn.
// Tested by python/tests.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <mutex>
#include <new>
#include <thread>

#include "arrow.hpp"
#include "base/version.hpp"
#include "csd/kv.hpp"

namespace py = pybind11;

namespace csd::python {
namespace {

using std::chrono::steady_clock;
constexpr auto kSignalInterval = std::chrono::milliseconds(50);
constexpr uint32_t kWaitMs = 20;
constexpr size_t kMaxLogLines = 100;
constexpr uint64_t kProbeBytes = 64 * 1024;  // the first try at a value of unknown size
constexpr int kTries = 5;

// Memory of one value or result. Python sees it through memoryview, which keeps it alive; nothing is copied.
class Buffer {
  public:
    Buffer() = default;
    explicit Buffer(size_t bytes) { reserve(bytes), size_ = bytes; }
    ~Buffer() { std::free(data_); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    uint8_t* data() const { return data_; }
    size_t size() const { return size_; }
    MutableBytes bytes() const { return {data_, size_}; }

    void append(Bytes more) {
        if (size_ + more.size() > capacity_) reserve(std::max(size_ + more.size(), 2 * capacity_));
        if (!more.empty()) std::memcpy(data_ + size_, more.data(), more.size());
        size_ += more.size();
    }
    void clear() { size_ = 0; }
    void swap(Buffer& other) {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }
    // Gives back what lies behind the first `bytes`.
    void shrink(size_t bytes) {
        size_ = bytes;
        if (capacity_ > bytes) reserve(bytes);
    }

  private:
    // Not zeroed: memory that the drive does not fill is never touched.
    void reserve(size_t bytes) {
        auto* const grown = static_cast<uint8_t*>(std::realloc(data_, std::max<size_t>(bytes, 1)));
        if (grown == nullptr) throw std::bad_alloc();
        data_ = grown;
        capacity_ = bytes;
    }

    uint8_t* data_ = nullptr;
    size_t size_ = 0, capacity_ = 0;
};

kv::Sink sink_to(Buffer& buffer) {
    return {[&buffer](Bytes bytes) {
                buffer.append(bytes);
                return Status();
            },
            [&buffer] {
                buffer.clear();
                return Status();
            }};
}

// --- Arguments and errors -----------------------------------------------------------------------------------------------

// A contiguous view of an object's memory. Its owner cannot resize it meanwhile.
class View {
  public:
    View(py::handle object, int flags) {
        if (PyObject_GetBuffer(object.ptr(), &view_, flags) != 0) throw py::error_already_set();
    }
    ~View() { PyBuffer_Release(&view_); }
    View(const View&) = delete;
    View& operator=(const View&) = delete;
    MutableBytes bytes() const {
        return {static_cast<uint8_t*>(view_.buf), static_cast<size_t>(view_.len)};
    }

  private:
    Py_buffer view_{};
};

std::string type_name(py::handle object) {
    return Py_TYPE(object.ptr())->tp_name;
}

Key part_of_key(py::handle object, const char* what) {
    std::string text;
    if (py::isinstance<py::str>(object)) {
        text = object.cast<std::string>();
    } else if (PyObject_CheckBuffer(object.ptr())) {
        const View view(object, PyBUF_SIMPLE);
        text = as_text(view.bytes());
    } else {
        throw py::type_error(std::string(what) + " is bytes or str, not " + type_name(object));
    }
    const auto key = Key::from_text(text);
    if (!key) {
        throw py::value_error(std::string(what) + " has at most 16 bytes, and this one has " +
                              std::to_string(text.size()));
    }
    return *key;
}

Key key_of(py::handle object) {
    const Key key = part_of_key(object, "a key");
    if (key.empty()) throw py::value_error("a key has 1 to 16 bytes, and this one is empty");
    return key;
}

kv::When when_of(const std::string& name) {
    if (name == "add") return kv::When::kOnlyAdd;
    if (name == "update") return kv::When::kOnlyUpdate;
    return kv::When::kAlways;
}

nvme::DataFormat format_of(const std::string& name) {
    if (name == "csv") return nvme::DataFormat::kCsv;
    if (name == "json") return nvme::DataFormat::kJson;
    if (name == "parquet") return nvme::DataFormat::kParquet;
    throw py::value_error("there is no format '" + name +
                          "'; there are 'csv', 'json' and 'parquet'");
}

// csd._errors chooses the class.
[[noreturn]] void raise(const Status& failed, uint16_t nvme_status = 0) {
    py::object reason = py::none();
    if (const nvme::QueryReason* why = failed.reason()) {
        py::dict fields;
        fields["reason"] = std::string(nvme::reason_name(why->code));
        fields["reason_code"] = static_cast<uint16_t>(why->code);
        fields["position"] = why->position;
        fields["subject"] =
            why->subject().empty() ? py::object(py::none()) : py::str(std::string(why->subject()));
        fields["record"] = why->record == 0 ? py::object(py::none()) : py::int_(why->record);
        reason = fields;
    }
    const py::object error =
        py::module_::import("csd._errors")
            .attr("make_error")(code_name(failed.code()),
                                py::bytes(failed.message()).attr("decode")("utf-8", "replace"),
                                nvme_status, reason);
    PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(error.ptr())), error.ptr());
    throw py::error_already_set();
}

// Every code that a failure can have, so that a test can ask whether each has a class.
std::vector<std::string> code_names() {
    std::vector<std::string> names;
    for (int code = static_cast<int>(Code::kOk) + 1; code <= static_cast<int>(Code::kInternal);
         code++) {
        names.emplace_back(code_name(static_cast<Code>(code)));
    }
    return names;
}

template <typename Verb>  // that returns a Result
using ValueOf =
    std::remove_cvref_t<decltype(std::declval<std::invoke_result_t<Verb, kv::Client&>>().value())>;

// --- The client ---------------------------------------------------------------------------------------------------------

class Client {
  public:
    Client(const std::string& device, uint32_t max_transfer_bytes, const std::string& worker) {
        kv::OpenOptions options;
        options.cancel = CancelToken(&cancelled_);
        options.max_transfer_bytes = max_transfer_bytes;
        options.worker_path = worker;
        options.log = [this](LogLevel level, const std::string& line) { keep_log(level, line); };
        options.while_waiting = [this] { look_for_signals(); };
        looked_ = steady_clock::now();
        auto opened = [&] {
            const py::gil_scoped_release unlocked;
            return kv::Client::open(device, options);
        }();
        if (interrupt_) throw std::move(*interrupt_);
        if (!opened.ok()) raise(opened.status());
        client_ = std::move(opened).value();
        give_log();
    }

    // The engine's threads do not exist in a forked child, so a drive from before the fork can only be forgotten there.
    ~Client() {
        if (client_ == nullptr) return;
        if (getpid() != process_) {
            static_cast<void>(client_.release());
            return;
        }
        const py::gil_scoped_release unlocked;
        client_.reset();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    void close() {
        if (client_ == nullptr) return;
        const Turn turn(*this);
        const py::gil_scoped_release unlocked;
        client_.reset();
    }
    bool is_closed() const { return client_ == nullptr; }

    uint64_t store(py::handle key, py::object value, const std::string& when) {
        return send(key, value,
                    [when = when_of(when)](kv::Client& client, const Key& to,
                                           const auto& from) -> Result<uint64_t> {
                        if constexpr (std::is_same_v<std::decay_t<decltype(from)>, MutableBytes>) {
                            const Status stored = client.store(to, Bytes(from), when);
                            if (!stored.ok()) return stored;
                            return uint64_t{from.size()};
                        } else {
                            return client.store(to, from, when);
                        }
                    });
    }
    uint64_t append(py::handle key, py::object value, const std::string& when) {
        return send(key, value,
                    [when = when_of(when)](kv::Client& client, const Key& to, const auto& from) {
                        return client.append(to, from, when);
                    });
    }

    py::memoryview retrieve(py::handle key_object, uint64_t offset,
                            std::optional<uint64_t> length) {
        const Key key = key_of(key_object);
        const auto buffer = std::make_shared<Buffer>();
        run([&](kv::Client& client) {
            return retrieve_all(client, key, {offset, length}, *buffer);
        });
        return view_of(buffer);
    }

    // The same into memory that exists. Returns how many bytes were put there.
    uint64_t retrieve_into(py::handle key_object, py::handle target, uint64_t offset) {
        const Key key = key_of(key_object);
        const View view(target, PyBUF_WRITABLE);
        std::array<uint8_t, sizeof(uint32_t)> none;
        const MutableBytes memory = view.bytes();
        return run([&](kv::Client& client) -> Result<uint64_t> {
            const auto got =
                fetch(client, key, memory.empty() ? MutableBytes(none) : memory, offset);
            if (got.ok()) return memory.empty() ? 0 : got.value().bytes;
            if (got.code() != Code::kUnsupported) return got.status();
            uint64_t filled = 0;
            const kv::Sink sink{[&](Bytes bytes) {
                                    std::copy(bytes.begin(), bytes.end(),
                                              memory.begin() + static_cast<ptrdiff_t>(filled));
                                    filled += bytes.size();
                                    return Status();
                                },
                                [&] {
                                    filled = 0;
                                    return Status();
                                }};
            return client.retrieve(key, {offset, memory.size()}, sink);
        });
    }

    py::memoryview select(py::handle key_object, const std::string& sql, const std::string& input,
                          bool input_header, const std::string& output, bool output_header,
                          const std::string& json) {
        const Key key = key_of(key_object);
        const kv::SelectOptions options{.input = format_of(input),
                                        .output = format_of(output),
                                        .input_header = input_header,
                                        .output_header = output_header,
                                        .json = json};
        const auto buffer = std::make_shared<Buffer>();
        run([&](kv::Client& client) { return client.select(key, sql, options, sink_to(*buffer)); });
        buffer->shrink(buffer->size());
        return view_of(buffer);
    }

    py::list list(py::handle prefix, py::handle start, std::optional<uint64_t> limit) {
        const kv::ListOptions options{part_of_key(prefix, "a prefix"),
                                      part_of_key(start, "a start"), limit};
        const auto keys = run([&](kv::Client& client) { return client.list(options); });
        py::list listed;
        for (const Key& key : keys) listed.append(py::bytes(std::string(as_text(key.bytes()))));
        return listed;
    }

    py::tuple describe(py::handle key_object) {
        const Key key = key_of(key_object);
        const auto value = run([&](kv::Client& client) { return client.describe(key); });
        return py::make_tuple(value.size, value.version);
    }
    bool exists(py::handle key_object) {
        const Key key = key_of(key_object);
        return run([&](kv::Client& client) { return client.exists(key); });
    }
    void erase(py::handle key_object) {
        const Key key = key_of(key_object);
        run([&](kv::Client& client) { return done(client.erase(key)); });
    }
    void flush() {
        run([](kv::Client& client) { return done(client.flush()); });
    }

    py::dict info() {
        const kv::DriveInfo drive = run([](kv::Client& client) { return client.info(); });
        const auto text = [](const std::string& from) {
            return py::bytes(from).attr("decode")("utf-8", "replace");
        };
        py::dict out;
        out["transport"] = drive.transport;
        out["model"] = text(drive.model);
        out["serial"] = text(drive.serial);
        out["firmware"] = text(drive.firmware);
        out["nsid"] = drive.nsid;
        out["dialect"] = drive.dialect == nvme::Dialect::k2023 ? "2023" : "key value";
        out["extensions"] = drive.extensions.has_value();
        out["capacity_bytes"] = drive.capacity_bytes;
        out["used_bytes"] = drive.used_bytes;
        out["max_value_bytes"] = drive.max_value_bytes;
        out["max_transfer_bytes"] = drive.max_transfer_bytes;
        return out;
    }

  private:
    // A verb's turn on the client: made and ended with Python's lock held.
    class Turn {
      public:
        explicit Turn(Client& self) : self_(self) {
            if (getpid() != self.process_) {
                raise({Code::kUsage,
                       "this drive was opened before the process forked; open it again in the "
                       "child"});
            }
            if (self.owner_ == std::this_thread::get_id()) {
                raise({Code::kUsage,
                       "this thread is in the middle of another command of the same drive; a file "
                       "that is "
                       "stored, or a signal handler, cannot use it"});
            }
            while (!wait()) {
                if (PyErr_CheckSignals() != 0) throw py::error_already_set();
            }
            if (self.client_ == nullptr) {
                self.mutex_.unlock();
                raise({Code::kUsage, "the drive is closed; open it again with csd.open()"});
            }
            self.owner_ = std::this_thread::get_id();
            self.looked_ = steady_clock::now();
        }
        ~Turn() {
            self_.owner_ = std::thread::id();
            self_.cancelled_ = 0;
            self_.mutex_.unlock();
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        bool wait() {
            if (self_.mutex_.try_lock()) return true;
            const py::gil_scoped_release unlocked;
            return self_.mutex_.try_lock_for(kSignalInterval);
        }
        Client& self_;
    };

    static Result<bool> done(Status status) {
        if (!status.ok()) return status;
        return true;
    }

    // Runs one verb without Python's lock, and returns its value or raises.
    template <typename Verb>
    auto run(Verb verb) -> ValueOf<Verb> {
        std::optional<py::error_already_set> interrupt;
        uint16_t nvme_status = 0;
        auto result = [&] {
            const Turn turn(*this);
            auto ended = [&] {
                const py::gil_scoped_release unlocked;
                return verb(*client_);
            }();
            nvme_status = client_->last_nvme_status();
            interrupt = std::exchange(interrupt_, std::nullopt);
            return ended;
        }();
        give_log();
        if (interrupt) throw std::move(*interrupt);
        if (!result.ok()) {
            const Code code = result.code();
            const bool told_by_drive =
                code != Code::kAborted && code != Code::kUnsupported && code != Code::kUsage;
            raise(result.status(), told_by_drive ? nvme_status : 0);
        }
        return std::move(result).value();
    }

    // Bytes are lent to the drive as they are; a file is read piece by piece as the drive takes it.
    template <typename Verb>
    uint64_t send(py::handle key_object, const py::object& value, Verb verb) {
        const Key key = key_of(key_object);
        if (PyObject_CheckBuffer(value.ptr())) {
            const View view(value, PyBUF_SIMPLE);
            return run([&](kv::Client& client) { return verb(client, key, view.bytes()); });
        }
        if (py::isinstance<py::str>(value)) {
            throw py::type_error("a value is bytes; encode the text first: value.encode()");
        }
        if (!py::hasattr(value, "readinto")) {
            throw py::type_error("a value is bytes-like or a file opened with mode 'rb', not " +
                                 type_name(value));
        }
        const kv::Source source{[&](MutableBytes room) { return read_file(value, room); }};
        return run([&](kv::Client& client) { return verb(client, key, source); });
    }

    // Called without Python's lock. What the file raises is raised when the verb has ended. The file gets memory of Python,
    // because it may keep what it gets; `room` is the client's.
    Result<size_t> read_file(const py::object& file, MutableBytes room) {
        const py::gil_scoped_acquire locked;
        try {
            const auto piece = std::make_shared<Buffer>(room.size());
            const py::object count = file.attr("readinto")(view_of(piece));
            if (count.is_none()) {
                throw py::value_error("the file has no data yet (it is in non-blocking mode)");
            }
            const auto bytes = count.cast<size_t>();
            if (bytes > room.size()) {
                throw py::value_error("the file's readinto() returned more than it was asked for");
            }
            std::copy_n(piece->data(), bytes, room.data());
            return bytes;
        } catch (py::error_already_set& raised) {
            interrupt_.emplace(std::move(raised));
        } catch (const py::builtin_exception& raised) {
            raised.set_error();
            interrupt_.emplace();
        } catch (const std::exception& raised) {
            PyErr_SetString(PyExc_ValueError, raised.what());
            interrupt_.emplace();
        }
        return Status(Code::kAborted, "the file could not be read");
    }

    static py::memoryview view_of(const std::shared_ptr<Buffer>& buffer) {
        PyObject* const view = PyMemoryView_FromObject(py::cast(buffer).ptr());
        if (view == nullptr) throw py::error_already_set();
        return py::reinterpret_steal<py::memoryview>(view);
    }

    static Result<kv::Retrieved> fetch(kv::Client& client, const Key& key, MutableBytes memory,
                                       uint64_t offset) {
        std::optional<Result<kv::Retrieved>> got;
        client.async_retrieve(key, memory, offset,
                              [&got](Result<kv::Retrieved> told) { got = std::move(told); });
        while (!got) client.wait(kWaitMs);
        return std::move(*got);
    }

    // The value goes straight to its last place. Where the drive can do that only for little values, the client puts it
    // together.
    static Result<uint64_t> retrieve_all(kv::Client& client, const Key& key, const kv::Range& range,
                                         Buffer& buffer) {
        uint64_t wanted = std::min(range.length.value_or(kProbeBytes), kProbeBytes);
        for (int tries = 0; tries < kTries; tries++) {
            Buffer room(std::max<uint64_t>(wanted, sizeof(uint32_t)));
            const auto got = fetch(client, key, room.bytes(), range.offset);
            if (got.code() == Code::kUnsupported)
                return client.retrieve(key, range, sink_to(buffer));
            if (!got.ok()) return got.status();
            const uint64_t size = got.value().size;
            const uint64_t rest = range.offset < size ? size - range.offset : 0;
            wanted = std::min(range.length.value_or(rest), rest);
            if (wanted <= room.size()) {
                room.shrink(wanted);
                buffer.swap(room);
                return wanted;
            }
        }
        return Status(Code::kOffsetMismatch, "the value grew while it was read");
    }

    // On the verb's thread, without Python's lock.
    void look_for_signals() {
        const auto now = steady_clock::now();
        if (now - looked_ < kSignalInterval || interrupt_) return;
        looked_ = now;
        const py::gil_scoped_acquire locked;
        if (PyErr_CheckSignals() == 0) return;
        interrupt_.emplace();
        cancelled_ = 1;
    }

    // The drive logs on threads of its own, which must not wait for Python's lock; its lines are handed over later.
    void keep_log(LogLevel level, const std::string& line) {
        const std::lock_guard lock(log_mutex_);
        if (log_.size() < kMaxLogLines) log_.emplace_back(level, line);
        has_log_ = true;
    }
    void give_log() {
        if (!has_log_.exchange(false)) return;
        std::deque<std::pair<LogLevel, std::string>> lines;
        {
            const std::lock_guard lock(log_mutex_);
            lines.swap(log_);
        }
        const py::object log = py::module_::import("logging").attr("getLogger")("csd").attr("log");
        for (const auto& [level, line] : lines) {
            constexpr int kLevels[] = {10, 20, 30, 40};  // of Python's module
            log(kLevels[static_cast<int>(level)], "%s",
                py::bytes(line).attr("decode")("utf-8", "replace"));
        }
    }

    const pid_t process_ = getpid();
    std::timed_mutex mutex_;
    std::atomic<std::thread::id> owner_{};
    std::atomic<uint32_t> cancelled_{0};
    // These belong to the verb that has the turn.
    steady_clock::time_point looked_;
    std::optional<py::error_already_set> interrupt_;

    std::mutex log_mutex_;
    std::deque<std::pair<LogLevel, std::string>> log_;  // guarded by log_mutex_
    std::atomic<bool> has_log_{false};

    std::unique_ptr<kv::Client> client_;  // last, because closing it still uses the others
};

// A capsule of the PyCapsule interface. A consumer moves the stream out and clears its release.
py::capsule arrow_stream(const std::shared_ptr<Buffer>& buffer,
                         const std::map<std::string, std::string>& types,
                         const std::vector<std::string>& columns) {
    auto stream = std::make_unique<ArrowArrayStream>();
    {
        const py::gil_scoped_release unlocked;
        open_arrow_stream(as_text(buffer->bytes()), buffer, types, columns, *stream);
    }
    PyObject* const capsule =
        PyCapsule_New(stream.get(), "arrow_array_stream", [](PyObject* object) {
            auto* const kept =
                static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(object, "arrow_array_stream"));
            if (kept->release != nullptr) kept->release(kept);
            delete kept;
        });
    if (capsule == nullptr) {
        stream->release(stream.get());
        throw py::error_already_set();
    }
    static_cast<void>(stream.release());
    return py::reinterpret_steal<py::capsule>(capsule);
}

}  // namespace

PYBIND11_MODULE(_csd, module) {
    module.attr("version") = kVersion;
    module.def("code_names", &code_names);
    module.def("arrow_stream", &arrow_stream, py::arg("data"), py::arg("types"),
               py::arg("columns"));
    py::class_<Buffer, std::shared_ptr<Buffer>>(module, "Buffer", py::buffer_protocol())
        .def_buffer([](const Buffer& buffer) {
            return py::buffer_info(buffer.data(), static_cast<ssize_t>(buffer.size()));
        })
        .def_property_readonly("address", [](const Buffer& buffer) {
            return reinterpret_cast<uintptr_t>(buffer.data());
        });
    py::class_<Client>(module, "Client")
        .def(py::init<const std::string&, uint32_t, const std::string&>(), py::arg("device"),
             py::arg("max_transfer_bytes"), py::arg("worker"))
        .def("close", &Client::close)
        .def_property_readonly("closed", &Client::is_closed)
        .def("store", &Client::store, py::arg("key"), py::arg("value"), py::arg("when"))
        .def("append", &Client::append, py::arg("key"), py::arg("value"), py::arg("when"))
        .def("retrieve", &Client::retrieve, py::arg("key"), py::arg("offset"), py::arg("length"))
        .def("retrieve_into", &Client::retrieve_into, py::arg("key"), py::arg("buffer"),
             py::arg("offset"))
        .def("select", &Client::select, py::arg("key"), py::arg("sql"), py::arg("input"),
             py::arg("input_header"), py::arg("output"), py::arg("output_header"),
             py::arg("options"))
        .def("list", &Client::list, py::arg("prefix"), py::arg("start"), py::arg("limit"))
        .def("describe", &Client::describe, py::arg("key"))
        .def("exists", &Client::exists, py::arg("key"))
        .def("delete", &Client::erase, py::arg("key"))
        .def("flush", &Client::flush)
        .def("info", &Client::info);
}

}  // namespace csd::python
