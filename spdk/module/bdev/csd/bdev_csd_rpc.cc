// SPDX-License-Identifier: BSD-3-Clause
//
// The JSON-RPC methods of bdev_csd: bdev_csd_create, bdev_csd_delete, bdev_csd_get; and a bdev's configuration as the
// call that makes it again. Described in spdk/README.md; tested by tests/spdk.
#include <cinttypes>

#include "bdev_csd.hpp"
#include "caller.hpp"

namespace csd::spdk {
namespace {

// Strings of SPDK's decoder, freed here.
struct Parameters {
    char* name = nullptr;
    char* root = nullptr;
    char* sync = nullptr;
    char* dialect = nullptr;
    char* uuid = nullptr;
    uint32_t nsid = 1;
    uint32_t bus = 0;
    uint64_t size = 0;

    Parameters() = default;
    ~Parameters() {
        for (char* text : {name, root, sync, dialect, uuid}) free(text);
    }
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;
};

const spdk_json_object_decoder kCreate[] = {
    {"name", offsetof(Parameters, name), spdk_json_decode_string, false},
    {"root", offsetof(Parameters, root), spdk_json_decode_string, false},
    {"nsid", offsetof(Parameters, nsid), spdk_json_decode_uint32, true},
    {"bus", offsetof(Parameters, bus), spdk_json_decode_uint32, true},
    {"size", offsetof(Parameters, size), spdk_json_decode_uint64, true},
    {"sync", offsetof(Parameters, sync), spdk_json_decode_string, true},
    {"dialect", offsetof(Parameters, dialect), spdk_json_decode_string, true},
    {"uuid", offsetof(Parameters, uuid), spdk_json_decode_string, true},
};
const spdk_json_object_decoder kNeedName[] = {
    {"name", offsetof(Parameters, name), spdk_json_decode_string, false},
};
const spdk_json_object_decoder kMayName[] = {
    {"name", offsetof(Parameters, name), spdk_json_decode_string, true},
};

void refuse(spdk_jsonrpc_request* request, const std::string& why) {
    spdk_jsonrpc_send_error_response(request, SPDK_JSONRPC_ERROR_INVALID_PARAMS, why.c_str());
}

// What the caller asked wrongly is told from what stands in the way.
int error_of(Code code) {
    switch (code) {
        case Code::kUsage: return SPDK_JSONRPC_ERROR_INVALID_PARAMS;
        case Code::kExists: return -EEXIST;
        case Code::kNotReady: return -EBUSY;
        case Code::kNoSpace: return -ENOSPC;
        case Code::kIo: return -EIO;
        case Code::kAborted: return -ECANCELED;
        default: return SPDK_JSONRPC_ERROR_INTERNAL_ERROR;
    }
}

void log(void*, int level, const char* message) {
    if (level >= CSD_LOG_ERROR) {
        SPDK_ERRLOG("%s\n", message);
    } else if (level == CSD_LOG_WARNING) {
        SPDK_WARNLOG("%s\n", message);
    } else if (level == CSD_LOG_INFO) {
        SPDK_NOTICELOG("%s\n", message);
    }
}

std::string text(const char* given) {
    return given != nullptr ? given : "";
}

Result<DriveOptions> to_options(const Parameters& given) {
    DriveOptions options{.root = given.root,
                         .bus = given.bus,
                         .nsid = given.nsid,
                         .size_bytes = given.size,
                         .log = log};
    if (text(given.name).empty()) return Status(Code::kUsage, "name: a bdev needs one");
    if (options.root.empty() || options.root[0] != '/')
        return Status(Code::kUsage, "root: '" + options.root + "' is not an absolute path");
    if (given.nsid == 0) return Status(Code::kUsage, "nsid: 0 is no namespace id");
    const std::string sync = text(given.sync);
    if (!sync.empty() && sync != "flush" && sync != "always")
        return Status(Code::kUsage, "sync: '" + sync + "' is neither flush nor always");
    const std::string dialect = text(given.dialect);
    if (!dialect.empty() && dialect != "key-value" && dialect != "2023")
        return Status(Code::kUsage, "dialect: '" + dialect + "' is neither key-value nor 2023");
    spdk_uuid parsed{};
    if (given.uuid != nullptr && spdk_uuid_parse(&parsed, given.uuid) != 0)
        return Status(Code::kUsage, "uuid: '" + text(given.uuid) + "' is none");
    options.sync_always = sync == "always";
    options.dialect_2023 = dialect == "2023";
    return options;
}

void create(spdk_jsonrpc_request* request, const spdk_json_val* parameters) {
    Parameters given;
    if (parameters == nullptr ||
        spdk_json_decode_object(parameters, kCreate, SPDK_COUNTOF(kCreate), &given) != 0) {
        refuse(request,
               "bdev_csd_create takes name and root, and may take the numbers nsid, bus and size "
               "(bytes) and the texts sync, dialect and uuid");
        return;
    }
    const auto options = to_options(given);
    if (!options.ok()) {
        refuse(request, options.status().message());
        return;
    }
    const auto caller = Caller::of(request);
    if (!caller) return;
    create_bdev(given.name, text(given.uuid), options.value(), [caller](Result<CsdBdev*> made) {
        if (!made.ok()) {
            caller->refuse(error_of(made.status().code()), made.status().message());
            return;
        }
        caller->answer([&](spdk_json_write_ctx* json) {
            spdk_json_write_string(json, made.value()->name.c_str());
        });
    });
}
SPDK_RPC_REGISTER("bdev_csd_create", create, SPDK_RPC_RUNTIME)

void remove(spdk_jsonrpc_request* request, const spdk_json_val* parameters) {
    Parameters given;
    if (parameters == nullptr ||
        spdk_json_decode_object(parameters, kNeedName, SPDK_COUNTOF(kNeedName), &given) != 0) {
        refuse(request, "bdev_csd_delete takes name");
        return;
    }
    const auto caller = Caller::of(request);
    if (!caller) return;
    const int failed = delete_bdev(given.name, [caller](int error) {
        if (error != 0) {
            caller->refuse(error, spdk_strerror(-error));
        } else {
            caller->answer([](spdk_json_write_ctx* json) { spdk_json_write_bool(json, true); });
        }
    });
    if (failed == -ENODEV) {
        caller->refuse(failed,
                       "there is no drive '" + text(given.name) + "'; bdev_csd_get lists them");
    }
}
SPDK_RPC_REGISTER("bdev_csd_delete", remove, SPDK_RPC_RUNTIME)

// What is needed to open the drive again.
void write_options(const CsdBdev& csd, spdk_json_write_ctx* json) {
    const DriveOptions& options = csd.drive->options();
    spdk_json_write_named_string(json, "name", csd.name.c_str());
    spdk_json_write_named_string(json, "root", options.root.c_str());
    spdk_json_write_named_uint32(json, "nsid", options.nsid);
    spdk_json_write_named_uint32(json, "bus", options.bus);
    if (options.size_bytes != 0) spdk_json_write_named_uint64(json, "size", options.size_bytes);
    spdk_json_write_named_string(json, "sync", options.sync_always ? "always" : "flush");
    spdk_json_write_named_string(json, "dialect", options.dialect_2023 ? "2023" : "key-value");
    if (!csd.uuid.empty()) spdk_json_write_named_string(json, "uuid", csd.uuid.c_str());
}

void write_figures(const CsdBdev& csd, spdk_json_write_ctx* json) {
    csd_statistics figures{};
    figures.struct_size = sizeof figures;
    csd_get_statistics(csd.drive->device(), &figures);
    spdk_json_write_named_uint64(json, "capacity_bytes", figures.capacity_bytes);
    spdk_json_write_named_uint64(json, "used_bytes", figures.used_bytes);
    spdk_json_write_named_uint64(json, "keys", figures.keys);
    spdk_json_write_named_uint64(json, "commands", figures.commands);
    spdk_json_write_named_uint64(json, "selects", figures.selects);
    spdk_json_write_named_uint64(json, "results_held", figures.results_held);
}

void write_all(const CsdBdev& csd, spdk_json_write_ctx* json) {
    spdk_json_write_object_begin(json);
    write_options(csd, json);
    write_figures(csd, json);
    spdk_json_write_object_end(json);
}

void get(spdk_jsonrpc_request* request, const spdk_json_val* parameters) {
    Parameters given;
    if (parameters != nullptr &&
        spdk_json_decode_object(parameters, kMayName, SPDK_COUNTOF(kMayName), &given) != 0) {
        refuse(request, "bdev_csd_get takes nothing, or a name");
        return;
    }
    std::list<CsdBdev*> wanted = all_bdevs();
    if (given.name != nullptr) {
        wanted.remove_if([&](const CsdBdev* csd) { return csd->name != given.name; });
        if (wanted.empty()) {
            const std::string why = "there is no drive '" + text(given.name) + "'";
            spdk_jsonrpc_send_error_response(request, -ENODEV, why.c_str());
            return;
        }
    }
    spdk_json_write_ctx* json = spdk_jsonrpc_begin_result(request);
    spdk_json_write_array_begin(json);
    for (const CsdBdev* csd : wanted) write_all(*csd, json);
    spdk_json_write_array_end(json);
    spdk_jsonrpc_end_result(request, json);
}
SPDK_RPC_REGISTER("bdev_csd_get", get, SPDK_RPC_RUNTIME)

}  // namespace

// In bdev_get_bdevs.
int dump_info(void* context, spdk_json_write_ctx* json) {
    spdk_json_write_name(json, "csd");
    write_all(*static_cast<const CsdBdev*>(context), json);
    return 0;
}

void write_config(spdk_bdev* bdev, spdk_json_write_ctx* json) {
    spdk_json_write_object_begin(json);
    spdk_json_write_named_string(json, "method", "bdev_csd_create");
    spdk_json_write_named_object_begin(json, "params");
    write_options(*static_cast<const CsdBdev*>(bdev->ctxt), json);
    spdk_json_write_object_end(json);
    spdk_json_write_object_end(json);
}

}  // namespace csd::spdk
