import KeyAgreement

/// What an account shows of its devices (C1), and what becomes of it beside what is pinned.
struct DeviceListsCase: VectorCase {
  static let family = "device-lists"
  var comment: String
  var expect: Expectation
  var account: HexBytes
  /// u8 n ‖ lp16(root list) [‖ lp16(manager list)].
  var lists: HexBytes

  // What a reader finds; absent where the lists are refused.
  var version_major: UInt32?
  var version_minor: UInt32?
  var devices: [UInt32]?
  /// H("Sotto_DeviceListHash_v1", …) of the list that counts.
  var hash: HexBytes?

  /// Lists that were accepted before, and the judgement on these beside them.
  var pinned: HexBytes?
  var judgement: String?

  func perform() throws {
    let account = try AccountID(validating: try account.fixed())
    let read = try DeviceLists(verifying: lists.bytes, account: account)
    try Difference.check(HexBytes(read.bytes), lists, at: "the encoding made again")
    try Difference.check(read.version.major, version_major.map { "\($0)" } ?? "(missing)", at: "version_major")
    try Difference.check(read.version.minor, version_minor.map { "\($0)" } ?? "(missing)", at: "version_minor")
    try Difference.check(read.current.entries.map(\.device.value), devices ?? [], at: "devices")
    try Difference.check(HexBytes(read.current.hash), hash?.description ?? "(missing)", at: "hash")
    guard let judgement else { return }
    let pinned = try pinned.map { try DeviceLists(verifying: $0.bytes, account: account) }
    try Difference.check(Self.name(of: DeviceListJudgement.judge(read, pinned: pinned)), judgement, at: "judgement")
  }

  static func name(of judgement: DeviceListJudgement) -> String {
    switch judgement {
    case .accept: "accept"
    case .same: "same"
    case .older: "older"
    case .equivocation: "equivocation"
    case .refused: "rule broken"
    case .otherAccount: "other account"
    }
  }
}
