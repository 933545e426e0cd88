// Bytes that several clients get, encoded once and shared by all of them: a push of RESP3, which RESP2 has as
// a plain array. They differ in nothing but their first byte, as long as the parts are bulk strings and
// integers. Thread rule: any thread, once made.
#pragma once

#include <string_view>

#include "base/blob.h"
#include "resp/reply_buffer.h"
#include "resp/reply_writer.h"

namespace pongo {

class Frame {
  public:
    // write(ReplyWriter&) writes the push.
    template <typename Write>
    static Frame of(Write&& write) {
        ReplyBuffer buffer;
        ReplyWriter writer(buffer, Protocol::Resp3);
        write(writer);
        Frame frame;
        frame.resp3_ = BlobRef::copy_of(buffer.flat());
        frame.resp2_ = BlobRef::copy_of(buffer.flat());
        *frame.resp2_->data() = '*';
        return frame;
    }

    const BlobRef& in(Protocol protocol) const { return protocol == Protocol::Resp3 ? resp3_ : resp2_; }

  private:
    BlobRef resp2_;
    BlobRef resp3_;
};

}  // namespace pongo
