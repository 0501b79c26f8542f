import ByteLayout
package import Verification

/// What an account shows of itself: the root-signed list of its major version and, if there is one, the newest
/// manager-signed list on top of it (C1).
///
/// u8 n (1 | 2) ‖ lp16(root list) [‖ lp16(manager list)]. Both are verified; the newer one counts.
package struct DeviceLists: Hashable, Sendable {
  /// The root-signed list: minor version 0.
  package let root: DeviceList
  /// The manager-signed list, of the same major version.
  package let managed: DeviceList?

  /// Sizes of the encoding, the one list of 338 bytes to two of 3 072.
  package static let byteCounts = 341...6_149

  /// The list that counts.
  package var current: DeviceList { managed ?? root }
  package var account: AccountID { root.account }
  package var version: DeviceListVersion { current.version }

  /// A root-signed list alone.
  ///
  /// - Throws: ``DeviceListRule/wrongSigner`` for a manager-signed one.
  package init(root: DeviceList) throws(KeyAgreementError) {
    guard root.signer == .root else { throw .deviceList(.wrongSigner) }
    self.root = root
    managed = nil
  }

  /// Puts a manager-signed list on top of this root list.
  package func adding(managed list: DeviceList) throws(KeyAgreementError) -> DeviceLists {
    // Verified again under this root list: the value could have been made under another one.
    DeviceLists(root: root, managed: try DeviceList(managerSigned: list.signedBytes, under: root))
  }

  /// Verifies the encoding of an account's lists.
  package init(verifying bytes: [UInt8], account: AccountID) throws(KeyAgreementError) {
    let (rootBytes, managedBytes) = try KeyAgreementError.layout { () throws(LayoutError) in try Self.split(bytes) }
    let root = try DeviceList(rootSigned: rootBytes, account: account)
    self.root = root
    if let managedBytes {
      managed = try DeviceList(managerSigned: managedBytes, under: root)
    } else {
      managed = nil
    }
  }

  private init(root: DeviceList, managed: DeviceList) {
    self.root = root
    self.managed = managed
  }

  /// The entry of exactly this device with exactly this key in the list that counts.
  package func entry(of device: DeviceNumber, deviceKey: VerifyingKey) -> DeviceEntry? {
    current.entry(of: device, deviceKey: deviceKey)
  }

  // MARK: - Layout

  /// The encoding, with the lists as they came.
  package var bytes: [UInt8] {
    let lists = [root] + (managed.map { [$0] } ?? [])
    var writer = LayoutWriter(capacity: Self.byteCounts.upperBound)
    writer.uint8(UInt8(lists.count))
    for list in lists {
      // A verified list has at most 3 072 bytes.
      writer.uint16(UInt16(list.signedBytes.count))
      writer.append(list.signedBytes)
    }
    return writer.bytes
  }

  private static func split(_ bytes: [UInt8]) throws(LayoutError) -> (root: [UInt8], managed: [UInt8]?) {
    guard bytes.count <= byteCounts.upperBound else {
      throw .tooLong(limit: byteCounts.upperBound, actual: bytes.count)
    }
    var reader = LayoutReader(bytes)
    let count = try reader.uint8()
    guard count == 1 || count == 2 else { throw .unknownValue(field: "list count", value: Int(count)) }
    let limit = DeviceList.byteCounts.upperBound
    let root = [UInt8](try reader.lengthPrefixed16(limit: limit))
    let managed = count == 2 ? [UInt8](try reader.lengthPrefixed16(limit: limit)) : nil
    try reader.finish()
    return (root, managed)
  }
}
