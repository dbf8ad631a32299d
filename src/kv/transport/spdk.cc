// SPDX-License-Identifier: BSD-3-Clause
// Tested by spdk_test.cc.
#include "kv/transport/spdk.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>

#include "csd/device.h"

namespace csd::kv {
namespace {

constexpr char kVariable[] = "CSD_SPDK_TRANSPORT";

// Where the drive engine is: libcsd.so for a program that uses the installed client, else the program itself.
std::filesystem::path engine_folder() {
    Dl_info engine{};
    if (dladdr(reinterpret_cast<const void*>(&csd_version), &engine) == 0) return {};
    std::error_code failed;
    return std::filesystem::absolute(engine.dli_fname, failed).parent_path();
}

// Beside the program where programs are copied into one directory, in ../lib in a build, in libexec/csd of an installation.
std::string library_path() {
    const char* const named = std::getenv(kVariable);
    if (named != nullptr && *named != '\0') return named;
    constexpr char kName[] = "libcsd-spdk.so";
    std::error_code failed;
    const auto programs = std::filesystem::read_symlink("/proc/self/exe", failed).parent_path();
    const auto engine = engine_folder();
    for (const auto& folder :
         {programs, programs / "../lib", programs / "../libexec/csd", engine / "../libexec/csd",
          engine / "../../libexec/csd"}) {  // the last from lib/x86_64-linux-gnu
        const auto path = (folder / kName).lexically_normal();
        if (std::filesystem::exists(path, failed)) return path.string();
    }
    return (programs.parent_path() / "lib" / kName).string();
}

Status absent(const SpdkSpec& spec, const std::string& path) {
    return {Code::kUnsupported, "'" + spec.device + "' needs SPDK, and there is no " + path +
                                    "; `./csd build spdk` makes it, or " + kVariable +
                                    " names it where it lies elsewhere"};
}

struct Library {
    SpdkEntry open;
};

// It is never unloaded: DPDK's threads would run on in what is no longer there.
Result<Library> load(const SpdkSpec& spec) {
    const std::string path = library_path();
    std::error_code failed;
    if (!std::filesystem::exists(path, failed)) return absent(spec, path);
    void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
        return Status(Code::kTransport,
                      "SPDK's transports cannot be loaded: " + std::string(dlerror()));
    }
    void* const entry = dlsym(library, CSD_SPDK_ENTRY_NAME);
    if (entry == nullptr) {
        return Status(Code::kTransport,
                      path + " is of another version of csd; `./csd build spdk` makes it anew");
    }
    return Library{reinterpret_cast<SpdkEntry>(entry)};
}

}  // namespace

Result<std::unique_ptr<Transport>> open_spdk(std::string_view device, const OpenOptions& options) {
    const auto spec = parse_spdk_spec(device);
    if (!spec.ok()) return spec.status();
    const auto library = load(spec.value());
    if (!library.ok()) return library.status();
    Result<std::unique_ptr<Transport>> opened =
        Status(Code::kInternal, "the library of SPDK's transports gave no answer");
    library.value().open(spec.value(), options, opened);
    return opened;
}

}  // namespace csd::kv
