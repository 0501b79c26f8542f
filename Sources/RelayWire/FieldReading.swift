import ByteLayout
import FoundationEssentials

extension FixedBytes {
  /// Takes a byte field that must have exactly `count` bytes.
  init(_ data: Data, field: String) throws(WireError) {
    guard data.count == count else { throw .wrongByteCount(field: field, actual: data.count) }
    self.init()
    var index = 0
    for byte in data {
      self[index] = byte
      index += 1
    }
  }

  /// The bytes as protobuf carries them.
  var data: Data { Data(array) }
}

extension MailboxID {
  init(_ data: Data) throws(WireError) { self.init(try FixedBytes<32>(data, field: "mailbox")) }
}

extension EnvelopeID {
  init(_ data: Data) throws(WireError) { self.init(try FixedBytes<16>(data, field: "envelope_id")) }
}

extension AdmissionTag {
  init(_ data: Data) throws(WireError) { self.init(try FixedBytes<16>(data, field: "tag")) }
}

/// A sequence number or generation, which every store must be able to keep.
func counter(_ value: UInt64, field: String) throws(WireError) -> UInt64 {
  guard value <= WireLimits.maximumCounter else { throw .outOfRange(field: field) }
  return value
}

/// Refuses more than `limit` of something in one frame.
func bounded(_ count: Int, limit: Int, field: String) throws(WireError) {
  guard count <= limit else { throw .tooMany(field: field, limit: limit, actual: count) }
}
