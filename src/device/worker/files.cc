// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_value_test.cc.
#include "device/worker/files.hpp"

#include <bzlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "device/worker/looks_like.hpp"
#include "nvme/query_reason.hpp"

namespace csd::worker {

namespace {

using nvme::query_failure;
using nvme::ReasonCode;

constexpr size_t kChunkBytes = 256 * 1024;

Look look_of_compression(Compression compression) {
    switch (compression) {
        case Compression::kGzip: return Look::kGzip;
        case Compression::kBzip2: return Look::kBzip2;
        case Compression::kZstd: return Look::kZstd;
        case Compression::kNone: break;
    }
    return Look::kText;
}

const char* compression_name(Compression compression) {
    switch (compression) {
        case Compression::kGzip: return "gzip";
        case Compression::kBzip2: return "bzip2";
        case Compression::kZstd: return "zstd";
        case Compression::kNone: break;
    }
    return "none";
}

// Damaged data, or none at all: a value that does not begin as the compression does is something else.
Status damaged(int fd, Compression compression) {
    const Look wanted = look_of_compression(compression);
    const Look look = look_of(read_some(fd, 0, kLookBytes));
    const std::string name = compression_name(compression);
    if (look == wanted)
        return query_failure(
            ReasonCode::kCompressionBad,
            "the value is not whole {subject} data: it is damaged or cut; store it again",
            {.subject = name});
    const bool compressed = look == Look::kGzip || look == Look::kBzip2 || look == Look::kZstd ||
                            look == Look::kNothing;
    return query_failure(
        ReasonCode::kNotCompressed,
        compressed
            ? "the value is no {subject} data, it looks like {1}; {2}"
            : "the value is no {subject} data, it looks like {1}; leave out compression={subject}",
        {.subject = name, .details = {std::string(name_of(look)), std::string(advice_of(look))}});
}

// The value, chunk by chunk.
class Chunks {
  public:
    explicit Chunks(int fd) : fd_(fd), buffer_(kChunkBytes) {}
    // Empty at the end.
    std::string_view next() {
        ssize_t got = pread(fd_, buffer_.data(), buffer_.size(), offset_);
        if (got <= 0) return {};
        offset_ += got;
        return {buffer_.data(), static_cast<size_t>(got)};
    }

  private:
    int fd_;
    off_t offset_ = 0;
    std::vector<char> buffer_;
};

Status inflate_gzip(int fd, const Sink& sink) {
    Chunks chunks(fd);
    std::vector<char> out(kChunkBytes);
    z_stream stream{};
    constexpr int kGzipWrapper = 16;
    if (inflateInit2(&stream, MAX_WBITS + kGzipWrapper) != Z_OK) throw std::bad_alloc();
    std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
    bool ended = false;
    for (std::string_view in = chunks.next(); !in.empty(); in = chunks.next()) {
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream.avail_in = static_cast<uInt>(in.size());
        do {
            if (ended && stream.avail_in > 0 && inflateReset(&stream) != Z_OK)
                return damaged(fd, Compression::kGzip);
            stream.next_out = reinterpret_cast<Bytef*>(out.data());
            stream.avail_out = static_cast<uInt>(out.size());
            int state = inflate(&stream, Z_NO_FLUSH);
            if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
                return damaged(fd, Compression::kGzip);
            ended = state == Z_STREAM_END;
            Status taken = sink({out.data(), out.size() - stream.avail_out});
            if (!taken.ok()) return taken;
        } while (stream.avail_in > 0 || stream.avail_out == 0);
    }
    return ended ? Status() : damaged(fd, Compression::kGzip);
}

Status inflate_bzip2(int fd, const Sink& sink) {
    Chunks chunks(fd);
    std::vector<char> out(kChunkBytes);
    bz_stream stream{};
    if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) throw std::bad_alloc();
    std::unique_ptr<bz_stream, int (*)(bz_stream*)> guard(&stream, BZ2_bzDecompressEnd);
    bool ended = false;
    for (std::string_view in = chunks.next(); !in.empty(); in = chunks.next()) {
        stream.next_in = const_cast<char*>(in.data());
        stream.avail_in = static_cast<unsigned>(in.size());
        do {
            if (ended) {
                if (stream.avail_in == 0) break;
                char* next = stream.next_in;
                unsigned left = stream.avail_in;
                BZ2_bzDecompressEnd(&stream);
                stream = bz_stream{};
                if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK) throw std::bad_alloc();
                stream.next_in = next;
                stream.avail_in = left;
            }
            stream.next_out = out.data();
            stream.avail_out = static_cast<unsigned>(out.size());
            int state = BZ2_bzDecompress(&stream);
            if (state == BZ_MEM_ERROR) throw std::bad_alloc();
            if (state != BZ_OK && state != BZ_STREAM_END) return damaged(fd, Compression::kBzip2);
            ended = state == BZ_STREAM_END;
            Status taken = sink({out.data(), out.size() - stream.avail_out});
            if (!taken.ok()) return taken;
        } while (stream.avail_in > 0 || (stream.avail_out == 0 && !ended));
    }
    return ended ? Status() : damaged(fd, Compression::kBzip2);
}

Status inflate_zstd(int fd, const Sink& sink) {
    Chunks chunks(fd);
    std::vector<char> out(kChunkBytes);
    std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                    ZSTD_freeDStream);
    if (!stream) throw std::bad_alloc();
    size_t state = 1;
    for (std::string_view text = chunks.next(); !text.empty(); text = chunks.next()) {
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        bool full = false;
        while (in.pos < in.size || full) {
            ZSTD_outBuffer to{out.data(), out.size(), 0};
            state = ZSTD_decompressStream(stream.get(), &to, &in);
            if (ZSTD_isError(state) != 0) return damaged(fd, Compression::kZstd);
            Status taken = sink({out.data(), to.pos});
            if (!taken.ok()) return taken;
            full = to.pos == to.size;
        }
    }
    return state == 0 ? Status() : damaged(fd, Compression::kZstd);
}

Status copy_plain(int fd, const Sink& sink) {
    Chunks chunks(fd);
    for (std::string_view in = chunks.next(); !in.empty(); in = chunks.next()) {
        Status taken = sink(in);
        if (!taken.ok()) return taken;
    }
    return {};
}

}  // namespace

std::string path_of(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

MappedFile::MappedFile(int fd) {
    uint64_t bytes = file_bytes(fd);
    ok_ = bytes == 0;
    if (ok_) return;
    void* at = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) return;
    ok_ = true;
    text_ = {static_cast<char*>(at), bytes};
}

MappedFile::~MappedFile() {
    if (!text_.empty()) munmap(const_cast<char*>(text_.data()), text_.size());
}

uint64_t file_bytes(int fd) {
    struct stat info {};
    return fstat(fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

std::string read_some(int fd, uint64_t offset, size_t bytes) {
    std::string out(bytes, '\0');
    size_t filled = 0;
    while (filled < bytes) {
        ssize_t got =
            pread(fd, out.data() + filled, bytes - filled, static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<size_t>(got);
    }
    out.resize(filled);
    return out;
}

Status write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        ssize_t written = write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EFBIG)
            return query_failure(ReasonCode::kResultBytes,
                                 "the data is larger than a result may be; select fewer rows or "
                                 "columns, or store the value uncompressed");
        if (written <= 0)
            return query_failure(ReasonCode::kEngine, "a memory file could not be written");
        text.remove_prefix(static_cast<size_t>(written));
    }
    return {};
}

Status empty_file(int fd) {
    if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return query_failure(ReasonCode::kEngine, "a memory file could not be emptied");
    return {};
}

Status decompress(int fd, Compression compression, const Sink& sink) {
    switch (compression) {
        case Compression::kGzip: return inflate_gzip(fd, sink);
        case Compression::kBzip2: return inflate_bzip2(fd, sink);
        case Compression::kZstd: return inflate_zstd(fd, sink);
        case Compression::kNone: break;
    }
    return copy_plain(fd, sink);
}

Result<std::string> decompressed_front(int fd, Compression compression, size_t bytes) {
    if (compression == Compression::kNone) return read_some(fd, 0, bytes);
    std::string front;
    Status status = decompress(fd, compression, [&](std::string_view text) {
        front += text.substr(0, bytes - front.size());
        // Any failure stops it; this one is not shown to anybody.
        return front.size() < bytes ? Status() : Status(Code::kAborted, "enough");
    });
    if (!status.ok() && status.code() != Code::kAborted) return status;
    return front;
}

}  // namespace csd::worker
