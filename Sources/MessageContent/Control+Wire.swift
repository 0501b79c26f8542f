import ByteLayout
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Control {
  /// Reads a control; `nil` for a kind that is not known.
  init?(reading wire: Sotto_Content_V1_Control) throws(ContentError) {
    switch wire.kind {
    case .introduction(let introduction): self = .introduction(try Introduction(reading: introduction))
    case .replyPath(let replyPath): self = .replyPath(try ReplyPath(reading: replyPath))
    case .gone(let gone): self = .gone(try Gone(try PairRanges(reading: gone.ranges)))
    case .retryRequest(let request): self = .retryRequest(try RetryRequest(try PairRanges(reading: request.ranges)))
    case .pairAckOnly: self = .pairAckOnly
    case .profile(let profile): self = .profile(try Profile(reading: profile))
    case nil:
      guard !wire.unknownFields.data.isEmpty else { throw .missing(.kind) }
      return nil
    }
  }
}

extension Introduction {
  fileprivate init(reading wire: Sotto_Content_V1_Introduction) throws(ContentError) {
    var token: FixedBytes<16>?
    if !wire.token.isEmpty { token = try fixed(wire.token, field: .token) }
    let nameByteCount = wire.name.utf8.count
    guard nameByteCount <= ContentLimits.displayNameByteCount else {
      throw .tooLong(field: .displayName, limit: ContentLimits.displayNameByteCount, actual: nameByteCount)
    }
    guard wire.hasReplyPath else { throw .missing(.replyPath) }
    let slotSecret = try CarriedSecret([UInt8](wire.slotSecret))
    let replyPath = try ReplyPath(reading: wire.replyPath)
    guard slotSecret.isSame(as: replyPath.slotSecret) else { throw .notAllowed(.slotSecret) }
    self.init(token: token, name: wire.name, replyPath: replyPath)
  }
}

extension ReplyPath {
  fileprivate init(reading wire: Sotto_Content_V1_ReplyPath) throws(ContentError) {
    try self.init(
      lists: [UInt8](wire.lists), sealID: wire.sealID, sealingKey: try fixed(wire.sealingKey, field: .sealingKey),
      slotSecret: try CarriedSecret([UInt8](wire.slotSecret)), capabilities: Capabilities(rawValue: wire.capabilities))
  }
}

extension PairRanges {
  fileprivate init(reading wire: [Sotto_Content_V1_PairRange]) throws(ContentError) {
    var ranges: [ClosedRange<UInt64>] = []
    for range in wire {
      guard range.first <= range.last else { throw .notAllowed(.ranges) }
      ranges.append(range.first...range.last)
    }
    try self.init(ranges)
  }

  fileprivate var wire: [Sotto_Content_V1_PairRange] {
    ranges.map { range in
      var wire = Sotto_Content_V1_PairRange()
      wire.first = range.lowerBound
      wire.last = range.upperBound
      return wire
    }
  }
}

extension Sotto_Content_V1_Control {
  init(_ control: Control) {
    self.init()
    switch control {
    case .introduction(let introduction):
      var wire = Sotto_Content_V1_Introduction()
      if let token = introduction.token { wire.token = Data(token.array) }
      wire.slotSecret = Data(introduction.slotSecret.bytes)
      wire.name = introduction.name
      wire.replyPath = Sotto_Content_V1_ReplyPath(introduction.replyPath)
      kind = .introduction(wire)
    case .replyPath(let replyPath):
      kind = .replyPath(Sotto_Content_V1_ReplyPath(replyPath))
    case .gone(let gone):
      var wire = Sotto_Content_V1_Gone()
      wire.ranges = gone.missing.wire
      kind = .gone(wire)
    case .retryRequest(let request):
      var wire = Sotto_Content_V1_RetryRequest()
      wire.ranges = request.missing.wire
      kind = .retryRequest(wire)
    case .pairAckOnly:
      kind = .pairAckOnly(Sotto_Content_V1_PairAckOnly())
    case .profile(let profile):
      kind = .profile(Sotto_Content_V1_Profile(profile))
    }
  }
}

extension Sotto_Content_V1_ReplyPath {
  fileprivate init(_ replyPath: ReplyPath) {
    self.init()
    lists = Data(replyPath.lists)
    sealID = replyPath.sealID
    sealingKey = Data(replyPath.sealingKey.array)
    slotSecret = Data(replyPath.slotSecret.bytes)
    capabilities = replyPath.capabilities.rawValue
  }
}

private func fixed<let count: Int>(_ bytes: Data, field: ContentField) throws(ContentError) -> FixedBytes<count> {
  do throws(LayoutError) { return try FixedBytes(bytes) } catch {
    throw .wrongByteCount(field: field, expected: count, actual: bytes.count)
  }
}
