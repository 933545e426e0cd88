// The open record of a stream: a block of its log is what is written down at once. What stands behind the
// blocks, which is mostly the entries that are pending in its consumer groups, is kept from the beginning.
//
// Thread rule: see open_record.h.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

#include "persistence/open_record.h"
#include "values/stream.h"

namespace pongo {

class OpenStream final : public OpenRecord, private StreamLogWatcher {
  public:
    // REQUIRES: stream_of(value).
    OpenStream(const Payload& value, KeptBytes& kept);

    // nullptr if the value is no stream.
    static StreamValue* stream_of(const Payload& value);
    // nullptr if the stream is not watched.
    static OpenStream* of(const StreamValue& stream) {
        return static_cast<OpenStream*>(stream.log.watcher());
    }

    void begin(RdbWriter& writer) override;
    void write_slice(Slice& slice, std::size_t bytes, Compression compression) override;
    void let_go() override { stream_->log.watch(nullptr); }

  private:
    void before_change(const StreamLog::Block& block) override;
    void before_erase(StreamLog::Block& block) override;

    // The number of a block that is to be written down still as it is in the log: its place when the stream
    // was opened.
    std::optional<std::size_t> number_of(const StreamLog::Block& block) const;
    void keep(std::size_t number, ListpackBytes&& bytes);

    StreamValue* stream_;
    std::vector<StreamId> ids_;                            // Of blocks, by their numbers.
    std::unordered_map<std::size_t, ListpackBytes> kept_;  // Blocks that changed or went, by their numbers.
    std::size_t next_ = 0;                                 // The number to be written next.
    Pieces tail_;
};

}  // namespace pongo
