// SPDX-License-Identifier: BSD-3-Clause
//
// Exchange: one request and its answer, as an operation sees them. By the time an operation runs, the signature of the
// head was verified and the path taken apart; the body is checked while it is read.
//
// Units      sizes are bytes of the payload: without the frames of aws-chunked, TLS or HTTP chunks.
// Errors     an operation returns an Error, and the server writes the XML, if no head was sent yet; afterwards it cuts
//            the connection, so that the client cannot take a part for the whole.
// Ownership  everything here belongs to the connection and outlives the operation.
// Threads    an Exchange belongs to its connection's loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "airmos/core/error.hpp"
#include "airmos/core/task.hpp"
#include "base/bytes.hpp"

namespace csd::airmos {

// Names and values in the order they came. Header names are lower-case; query names and values are decoded.
class Fields {
  public:
    void add(std::string name, std::string value);
    void set(std::string name, std::string value);         // in the place of all that have the name
    const std::string* find(std::string_view name) const;  // the first; nullptr: absent
    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::string_view get(std::string_view name) const;  // "" if absent
    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// The payload of a request. Every digest the client gave (Content-MD5, x-amz-content-sha256, x-amz-checksum-*, in a
// header or a trailer) and every chunk signature is verified: the read that reaches the end fails instead of
// returning 0 when one is wrong, so what was read must not be kept before that.
class RequestBody {
  public:
    virtual ~RequestBody() = default;
    // Length of the payload if the client said it (Content-Length or x-amz-decoded-content-length).
    virtual std::optional<uint64_t> size() const = 0;
    // Fills the buffer from the front with at least one byte; 0: the end, and all of it was right.
    virtual Task<Outcome<size_t>> read(MutableBytes buffer) = 0;
    // Whether the client asked for a checksum by x-amz-checksum-*, x-amz-sdk-checksum-algorithm or a trailer.
    virtual bool has_checksum() const = 0;
    // Before the first read: computes this one as well.
    virtual void want_checksum(std::string_view algorithm) = 0;
    // After the end. Always has MD5 (hexadecimal; the ETag's), what the client asked for, and then what was wanted beside
    // it: {"CRC32", base64}, ...
    virtual std::string md5_hex() const = 0;
    virtual const std::vector<std::pair<std::string, std::string>>& checksums() const = 0;
    // All of it, for XML requests; EntityTooLarge/MalformedXML beyond `most` bytes.
    Task<Outcome<std::string>> read_all(size_t most);
};

struct Request {
    std::string id;       // x-amz-request-id of the answer and the log
    std::string method;   // GET, PUT, POST, DELETE, HEAD
    std::string bucket;   // decoded; empty: the request is for the service
    std::string key;      // decoded UTF-8; empty: the request is for the bucket
    std::string target;   // as it came, for the log and the XML of errors
    std::string host;     // of the Host header, with its port
    bool secure = false;  // over TLS
    Fields query;
    Fields headers;
};

class Exchange {
  public:
    virtual ~Exchange() = default;

    virtual const Request& request() const = 0;
    virtual RequestBody& body() = 0;

    // The answer. Headers are set before the head goes; x-amz-request-id, Date and Server are added. Operations call
    // either send() or send_head() and write()s; for HEAD requests the server drops the body itself.
    Fields& headers() { return headers_; }
    virtual Task<Outcome<>> send(int status, std::string body, std::string_view content_type) = 0;
    // With a length the body must have exactly that; without, it is sent in HTTP chunks.
    virtual Task<Outcome<>> send_head(int status, std::optional<uint64_t> length) = 0;
    virtual Task<Outcome<>> write(Bytes piece) = 0;
    virtual bool head_sent() const = 0;
    // Nobody waits for the answer any more. For operations that take long without writing.
    virtual bool client_is_gone() = 0;

  private:
    Fields headers_;
};

}  // namespace csd::airmos
