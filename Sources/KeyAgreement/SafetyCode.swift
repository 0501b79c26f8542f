package import ByteLayout

/// What a screen shows for the other side to scan (C12).
///
/// 0x01 ‖ my accountId(33) ‖ your accountId(33) ‖ my list (u64 ‖ hash16) ‖ your list as I know it (same), 115 bytes.
/// Scanning compares whole ids, and the lists as well: two views of one list are somebody's lie.
package struct SafetyCode: Hashable, Sendable {
  /// What a scan says.
  package enum Comparison: Hashable, Sendable {
    /// Accounts and lists are the same on both sides.
    case same
    /// The accounts are the same; one side knows an older list.
    case otherListVersion
    /// Two different lists of one version: somebody was shown a split view.
    case splitView
    /// Not the accounts that this side talks to.
    case otherAccounts
  }

  package let mine: AccountID
  package let yours: AccountID
  package let myList: DeviceListReference
  package let yourList: DeviceListReference

  package static let byteCount = 115
  private static let versionByte: UInt8 = 0x01

  package init(mine: AccountID, yours: AccountID, myList: DeviceListReference, yourList: DeviceListReference) {
    self.mine = mine
    self.yours = yours
    self.myList = myList
    self.yourList = yourList
  }

  /// Reads 115 bytes.
  package init(_ bytes: [UInt8]) throws(LayoutError) {
    guard bytes.count == Self.byteCount else {
      throw .wrongByteCount(expected: Self.byteCount, actual: bytes.count)
    }
    var reader = LayoutReader(bytes)
    try reader.expect(Self.versionByte, field: "safety code version")
    mine = try reader.accountID()
    yours = try reader.accountID()
    myList = try DeviceListReference(reading: &reader)
    yourList = try DeviceListReference(reading: &reader)
    try reader.finish()
  }

  /// The 115 bytes.
  package var bytes: [UInt8] {
    var writer = LayoutWriter(capacity: Self.byteCount)
    writer.uint8(Self.versionByte)
    writer.append(mine.bytes)
    writer.append(yours.bytes)
    myList.write(to: &writer)
    yourList.write(to: &writer)
    return writer.bytes
  }

  /// Compares this side's code with the one that was scanned from the other side's screen.
  package func compare(scanned: SafetyCode) -> Comparison {
    guard scanned.mine == yours, scanned.yours == mine else { return .otherAccounts }
    let pairs = [(myList, scanned.yourList), (yourList, scanned.myList)]
    if pairs.contains(where: { $0.version == $1.version && $0.hash != $1.hash }) { return .splitView }
    return pairs.allSatisfy({ $0 == $1 }) ? .same : .otherListVersion
  }
}
