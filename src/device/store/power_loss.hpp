// SPDX-License-Identifier: BSD-3-Clause
//
// PowerLossFileSystem: a file system that remembers what is durable, for tests.
//
// It works on real files and keeps a model beside them. When the power fails, it builds another directory
// out of what was durable and a random choice of the rest:
//   - of the names changed since they were synced, any subset of the changes is there (one rename is one
//     change; changes of one name stay in order);
//   - of a file's pages written since it was synced, any subset is there, a page that was never durable
//     being a hole otherwise; its size is the durable one, the present one, or a page boundary between;
//   - a mark and the time of the last change are there if the file is;
//   - with `rename_orders_data`, a rename over a file that is there brings the new file's data along.
// Inode numbers are virtual, so that a file keeps its identity in the new directory.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.hpp"
#include "device/store/file_system.hpp"

namespace csd::store {

class PowerLossFileSystem : public RealFileSystem {
  public:
    struct Node {
        uint64_t id = 0;
        bool is_directory = false;
        UniqueFd fd;  // holds the real inode, so that its number is not used again
        std::string durable;
        std::set<uint64_t> durable_pages;
        std::set<uint64_t> dirty_pages;
        uint64_t modified_ns = 0;
        Mark mark;
        bool has_mark = false;
    };
    using NodePtr = std::shared_ptr<Node>;
    using Name = std::pair<uint64_t, std::string>;  // the directory's id, the name in it
    struct Change {
        std::vector<std::pair<Name, NodePtr>> to;  // null: the name is gone
        NodePtr ordered;                           // its data goes to disk before this change
        std::string ordered_data;
    };

    PowerLossFileSystem(uint32_t seed, const std::string& root, bool orders)
        : random_(seed), root_(root), orders_(orders) {
        RealFileSystem::make_directory(AT_FDCWD, root.c_str());
        top_ = adopt(UniqueFd(RealFileSystem::open_at(AT_FDCWD, root.c_str(), O_RDONLY, 0)));
    }

    // The power fails before the n-th call from now that changes something, or never.
    void fail_at(uint64_t call, const std::string& next_root) {
        countdown_ = call;
        next_root_ = next_root;
    }
    bool failed() const { return failed_; }
    void fail_now() {
        if (failed_) return;
        failed_ = true;
        countdown_ = kNever;
        rebuild();
    }
    // What the machine finds when it starts again: this file system goes on with the new directory.
    void restart() {
        nodes_ = std::move(rebuilt_nodes_);
        top_ = std::move(rebuilt_top_);
        names_ = std::move(rebuilt_names_);
        durable_names_ = names_;
        pending_.clear();
        root_ = next_root_;
        failed_ = false;
        boot_++;
    }

    int open_at(int dir, const char* name, int flags, mode_t mode) override {
        const bool creates = (flags & O_CREAT) != 0;
        if (creates) step();
        FileStat before;
        const bool existed = !creates || RealFileSystem::stat_at(dir, name, &before) == 0;
        const int fd = RealFileSystem::open_at(dir, name, flags, mode);
        if (fd >= 0 && !existed) change({{{name_of(dir, name), adopt(copy_of(fd))}}, nullptr, {}});
        return fd;
    }
    int open_unnamed(int dir) override {
        step();
        const int fd = RealFileSystem::open_unnamed(dir);
        if (fd >= 0) adopt(copy_of(fd));
        return fd;
    }
    int make_directory(int dir, const char* name) override {
        step();
        const int done = RealFileSystem::make_directory(dir, name);
        if (done < 0) return done;
        UniqueFd fd(RealFileSystem::open_at(dir, name, O_RDONLY | O_DIRECTORY, 0));
        change({{{name_of(dir, name), adopt(std::move(fd))}}, nullptr, {}});
        return done;
    }
    ssize_t write(int fd, std::span<const iovec> data, uint64_t offset) override {
        step();
        const ssize_t written = RealFileSystem::write(fd, data, offset);
        if (written > 0) dirty(fd, offset, offset + static_cast<uint64_t>(written));
        return written;
    }
    ssize_t copy(int from, uint64_t from_offset, int to, uint64_t to_offset,
                 uint64_t bytes) override {
        step();
        const ssize_t moved = RealFileSystem::copy(from, from_offset, to, to_offset, bytes);
        if (moved > 0) dirty(to, to_offset, to_offset + static_cast<uint64_t>(moved));
        return moved;
    }
    int truncate(int fd, uint64_t size) override {
        step();
        node(fd)->modified_ns = ++clock_;
        return RealFileSystem::truncate(fd, size);
    }
    int link_unnamed(int fd, int dir, const char* name) override {
        step();
        const int done = RealFileSystem::link_unnamed(fd, dir, name);
        if (done == 0) change({{{name_of(dir, name), node(fd)}}, nullptr, {}});
        return done;
    }
    int link_at(int from_dir, const char* from, int to_dir, const char* to) override {
        step();
        const int done = RealFileSystem::link_at(from_dir, from, to_dir, to);
        if (done == 0) {
            change({{{name_of(to_dir, to), names_.at(name_of(from_dir, from))}}, nullptr, {}});
        }
        return done;
    }
    int rename_at(int from_dir, const char* from, int to_dir, const char* to,
                  unsigned flags) override {
        step();
        const int done = RealFileSystem::rename_at(from_dir, from, to_dir, to, flags);
        if (done < 0) return done;
        const Name source = name_of(from_dir, from);
        const Name target = name_of(to_dir, to);
        const NodePtr moved = names_.at(source);
        const auto replaced = names_.find(target);
        Change made;
        if ((flags & RENAME_EXCHANGE) != 0) {
            made.to = {{target, moved}, {source, replaced->second}};
        } else {
            made.to = {{target, moved}, {source, nullptr}};
            if (orders_ && replaced != names_.end() && !moved->is_directory) {
                made.ordered = moved;
                made.ordered_data = content(*moved);
            }
        }
        change(std::move(made));
        return done;
    }
    int unlink_at(int dir, const char* name, int flags) override {
        step();
        const Name gone = name_of(dir, name);
        const int done = RealFileSystem::unlink_at(dir, name, flags);
        if (done == 0) change({{{gone, nullptr}}, nullptr, {}});
        return done;
    }
    int stat_at(int dir, const char* name, FileStat* stat) override {
        return translated(RealFileSystem::stat_at(dir, name, stat), stat);
    }
    int stat(int fd, FileStat* stat) override {
        return translated(RealFileSystem::stat(fd, stat), stat);
    }
    int sync_data(int fd) override { return sync_file(fd); }
    int sync_file(int fd) override {
        step();
        const NodePtr synced = node(fd);
        if (!synced->is_directory) {
            keep(*synced, content(*synced));
            return 0;
        }
        // Backwards, because earlier changes of the same names become durable with a later one.
        std::set<Name> names;
        std::vector<bool> goes(pending_.size());
        for (size_t i = pending_.size(); i-- > 0;) {
            const auto& parts = pending_[i].to;
            goes[i] = std::any_of(parts.begin(), parts.end(), [&](const auto& part) {
                return part.first.first == synced->id || names.count(part.first) != 0;
            });
            if (!goes[i]) continue;
            for (const auto& part : parts) names.insert(part.first);
        }
        std::vector<Change> left;
        for (size_t i = 0; i < pending_.size(); i++) {
            if (goes[i]) {
                persist(pending_[i], durable_names_);
            } else {
                left.push_back(std::move(pending_[i]));
            }
        }
        pending_ = std::move(left);
        return 0;
    }
    int sync_file_system(int) override {
        step();
        for (const auto& entry : nodes_) {
            if (!entry.second->is_directory) keep(*entry.second, content(*entry.second));
        }
        for (const Change& made : pending_) persist(made, durable_names_);
        pending_.clear();
        return 0;
    }
    int set_mark(int fd, const Mark& mark) override {
        const NodePtr marked = node(fd);
        marked->mark = mark;
        marked->has_mark = true;
        return 0;
    }
    int get_mark(int fd, Mark* mark) override {
        const NodePtr marked = node(fd);
        *mark = marked->mark;
        return marked->has_mark ? 0 : -ENODATA;
    }
    Promises promises(int) override {
        return {.rename_orders_data = orders_, .keeps_marks = true, .forgets_everything = false};
    }
    uint64_t boot_id() override { return boot_; }

  private:
    static constexpr uint64_t kPage = 4096;
    static constexpr uint64_t kNever = UINT64_MAX;

    void step() {
        if (failed_ || countdown_ == kNever) return;
        if (countdown_-- == 0) fail_now();
    }
    // Opened anew, because a duplicate would share the lock that is on the file.
    static UniqueFd copy_of(int fd) {
        const std::string path = "/proc/self/fd/" + std::to_string(fd);
        return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    }
    static uint64_t real_number(int fd, bool* is_directory = nullptr) {
        FileStat stat;
        RealFileSystem real;
        real.stat(fd, &stat);
        if (is_directory != nullptr) *is_directory = stat.directory;
        return stat.inode;
    }
    NodePtr adopt(UniqueFd fd) {
        auto made = std::make_shared<Node>();
        const uint64_t number = real_number(fd.get(), &made->is_directory);
        made->id = ++last_id_;
        made->fd = std::move(fd);
        nodes_[number] = made;
        return made;
    }
    NodePtr node(int fd) { return nodes_.at(real_number(fd)); }
    // The root itself is reached by its path; everything below by directory descriptors.
    Name name_of(int dir, const std::string& name) {
        return {dir == AT_FDCWD ? 0 : node(dir)->id, name};
    }
    int translated(int done, FileStat* stat) {
        if (done < 0) return done;
        const auto known = nodes_.find(stat->inode);
        if (known == nodes_.end()) return done;
        stat->inode = known->second->id;
        stat->born_ns = known->second->id * 1000;
        stat->modified_ns = known->second->modified_ns;
        return done;
    }
    void dirty(int fd, uint64_t from, uint64_t to) {
        const NodePtr written = node(fd);
        written->modified_ns = ++clock_;
        for (uint64_t page = from / kPage; page * kPage < to; page++) {
            written->dirty_pages.insert(page);
        }
    }
    static std::string content(const Node& node) {
        RealFileSystem real;
        FileStat stat;
        real.stat(node.fd.get(), &stat);
        std::string bytes(stat.size, '\0');
        const iovec buffer{bytes.data(), bytes.size()};
        if (!bytes.empty() && real.read(node.fd.get(), {&buffer, 1}, 0) < 0) std::abort();
        return bytes;
    }
    static void keep(Node& node, std::string bytes) {
        node.durable = std::move(bytes);
        node.dirty_pages.clear();
        node.durable_pages.clear();
        for (uint64_t page = 0; page * kPage < node.durable.size(); page++) {
            node.durable_pages.insert(page);
        }
    }
    void change(Change made) {
        apply(made, names_);
        pending_.push_back(std::move(made));
    }
    static void apply(const Change& made, std::map<Name, NodePtr>& names) {
        for (const auto& [name, target] : made.to) {
            if (target == nullptr) {
                names.erase(name);
            } else {
                names[name] = target;
            }
        }
    }
    static void persist(const Change& made, std::map<Name, NodePtr>& names) {
        apply(made, names);
        if (made.ordered != nullptr && made.ordered->durable.size() < made.ordered_data.size()) {
            const std::set<uint64_t> dirty = made.ordered->dirty_pages;
            keep(*made.ordered, made.ordered_data);
            // Pages written after the rename are as uncertain as before.
            if (content(*made.ordered) != made.ordered_data) made.ordered->dirty_pages = dirty;
        }
    }

    bool toss() { return random_() % 2 == 0; }

    void rebuild() {
        std::map<Name, NodePtr> survived = durable_names_;
        const unsigned mood = random_() % 4;  // nothing more, everything, or any subset
        for (const Change& made : pending_) {
            if (mood == 0 || (mood > 1 && toss())) continue;
            persist(made, survived);
        }
        std::map<uint64_t, NodePtr> old_nodes = nodes_;
        std::map<uint64_t, std::pair<NodePtr, std::string>> built;  // by id: the new node, its path
        nodes_.clear();
        RealFileSystem::make_directory(AT_FDCWD, next_root_.c_str());
        rebuilt_top_ =
            renewed(*top_, UniqueFd(RealFileSystem::open_at(AT_FDCWD, next_root_.c_str(), 0, 0)));
        rebuilt_names_.clear();
        build_below(*top_, next_root_, survived, &built);
        rebuilt_nodes_ = std::move(nodes_);
        nodes_ = std::move(old_nodes);
    }
    NodePtr renewed(const Node& old, UniqueFd fd) {
        const NodePtr fresh = adopt(std::move(fd));
        fresh->id = old.id;
        fresh->mark = old.mark;
        fresh->modified_ns = old.modified_ns;
        fresh->has_mark = old.has_mark;
        return fresh;
    }
    void build_below(const Node& directory, const std::string& path,
                     const std::map<Name, NodePtr>& survived,
                     std::map<uint64_t, std::pair<NodePtr, std::string>>* built) {
        const Name first{directory.id, ""};
        for (auto at = survived.lower_bound(first);
             at != survived.end() && at->first.first == directory.id; ++at) {
            const std::string below = path + "/" + at->first.second;
            const Node& old = *at->second;
            const auto twin = built->find(old.id);
            if (twin != built->end()) {
                if (!old.is_directory) {
                    RealFileSystem::link_at(AT_FDCWD, twin->second.second.c_str(), AT_FDCWD,
                                            below.c_str());
                    rebuilt_names_[at->first] = twin->second.first;
                }
                continue;
            }
            UniqueFd fd = old.is_directory ? build_directory(below) : build_file(old, below);
            const NodePtr fresh = renewed(old, std::move(fd));
            (*built)[old.id] = {fresh, below};
            rebuilt_names_[at->first] = fresh;
            if (old.is_directory) {
                build_below(old, below, survived, built);
            } else {
                keep(*fresh, content(*fresh));
            }
        }
    }
    UniqueFd build_directory(const std::string& path) {
        RealFileSystem::make_directory(AT_FDCWD, path.c_str());
        return UniqueFd(RealFileSystem::open_at(AT_FDCWD, path.c_str(), O_RDONLY, 0));
    }
    UniqueFd build_file(const Node& old, const std::string& path) {
        UniqueFd fd(
            RealFileSystem::open_at(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
        const std::string now = content(old);
        uint64_t size = toss() ? old.durable.size() : now.size();
        if (now.size() > old.durable.size() && toss()) {
            const uint64_t page = random_() % (now.size() / kPage + 1) * kPage;
            size = std::clamp<uint64_t>(page, old.durable.size(), now.size());
        }
        RealFileSystem::truncate(fd.get(), size);
        const unsigned mood = random_() % 4;
        for (uint64_t page = 0; page * kPage < size; page++) {
            const bool dirty = old.dirty_pages.count(page) != 0;
            const bool fresh = dirty && (mood == 0 || (mood > 1 && toss()));
            if (!fresh && old.durable_pages.count(page) == 0) continue;  // a hole
            const std::string& from = fresh ? now : old.durable;
            std::string bytes = page * kPage < from.size() ? from.substr(page * kPage, kPage) : "";
            bytes.resize(std::min(kPage, size - page * kPage), '\0');
            const iovec data{bytes.data(), bytes.size()};
            RealFileSystem::write(fd.get(), {&data, 1}, page * kPage);
        }
        return fd;
    }

    std::mt19937 random_;
    std::string root_;
    std::string next_root_;
    const bool orders_;
    uint64_t boot_ = 1;
    uint64_t last_id_ = 0;
    uint64_t clock_ = 0;
    uint64_t countdown_ = kNever;
    bool failed_ = false;
    std::map<uint64_t, NodePtr> nodes_;  // by real inode number
    NodePtr top_;
    std::map<Name, NodePtr> names_;
    std::map<Name, NodePtr> durable_names_;
    std::vector<Change> pending_;
    std::map<uint64_t, NodePtr> rebuilt_nodes_;
    NodePtr rebuilt_top_;
    std::map<Name, NodePtr> rebuilt_names_;
};

}  // namespace csd::store
