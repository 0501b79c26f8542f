import ByteLayout
import FoundationEssentials

extension FixedBytes {
  /// Takes a byte field that must have exactly `count` bytes.
  init(_ data: Data, field: String) throws(WireError) {
    guard data.count == count else { throw .wrongByteCount(field: field, actual: data.count) }
    // Not `copyBytes`, which goes over the regions that a `Data` never has.
    self.init { bytes in
      bytes.withUnsafeMutableBytes { target in data.withUnsafeBytes { target.copyMemory(from: $0) } }
    }
  }

  /// The bytes as protobuf carries them.
  var data: Data { withBytes { $0.withUnsafeBytes { Data($0) } } }
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
