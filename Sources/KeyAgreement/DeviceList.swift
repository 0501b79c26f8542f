package import ByteLayout
package import Verification

/// A verified device list: which devices an account has, signed by its root or its manager (C1).
///
/// 0x01 ‖ accountId ‖ major u32 ‖ minor u32 ‖ issuedAt u64 ‖ prev(32) ‖ signer u32 ‖ nextDevice u32 ‖ count u8 ‖ entry*
/// ‖ ext ‖ signature(64), at most 3 072 bytes. Values exist only of lists whose signature and consents verified; the
/// signed bytes are kept as they came and never made again.
package struct DeviceList: Hashable, Sendable {
  /// Who signed it.
  package enum Signer: Hashable, Sendable {
    /// 0 on the wire: a major version.
    case root
    /// The manager's device number: a minor version.
    case manager(DeviceNumber)
  }

  package let account: AccountID
  package let version: DeviceListVersion
  /// Unix seconds.
  package let issuedAt: UInt64
  /// The hash of the list before, zero in the first.
  package let previous: FixedBytes<32>
  package let signer: Signer
  /// The next free device number, ≤ 128. Lower numbers without an entry are revoked for ever.
  package let nextDevice: UInt32
  /// 1…8 devices, ascending.
  package let entries: [DeviceEntry]
  package let extensions: Extensions
  /// The list and its signature, verbatim.
  package let signedBytes: [UInt8]

  /// The manager's entry.
  package let manager: DeviceEntry

  /// Sizes of a signed list: the smallest has one device with one short route.
  static let byteCounts = 338...3_072
  static let entryCounts = 1...8
  static let versionByte: UInt8 = 0x01
  static let signatureByteCount = 64

  /// H("Sotto_DeviceListHash_v1", signed bytes): the name of this list everywhere.
  package var hash: FixedBytes<32> { ContentHash.labelled(KeyAgreementLabel.deviceListHash, signedBytes) }

  /// Version and short hash, as messages and QR codes carry them.
  package var reference: DeviceListReference {
    DeviceListReference(version: version, hash: hash.prefix())
  }

  /// The entry of a device, if it is in the list.
  package func entry(of device: DeviceNumber) -> DeviceEntry? { entries.first { $0.device == device } }

  /// The entry of exactly this device with exactly this key: what a sealed sender claims to be.
  package func entry(of device: DeviceNumber, deviceKey: VerifyingKey) -> DeviceEntry? {
    entry(of: device).flatMap { $0.deviceKey == deviceKey ? $0 : nil }
  }

  // MARK: - Verification

  /// Verifies a list that must be signed by the account's root: bounds, signature, layout, rules.
  package init(rootSigned signedBytes: [UInt8], account: AccountID) throws(KeyAgreementError) {
    try self.init(signedBytes, account: account, key: account.rootKey)
    guard signer == .root else { throw .deviceList(.wrongSigner) }
    guard version.major >= 1, version.minor == 0 else { throw .deviceList(.impossibleVersion) }
  }

  /// Verifies a list that must be signed by the manager that `root` names, and its bounds to that root list.
  package init(managerSigned signedBytes: [UInt8], under root: DeviceList) throws(KeyAgreementError) {
    guard root.signer == .root else { throw .deviceList(.wrongSigner) }
    try self.init(signedBytes, account: root.account, key: root.manager.deviceKey)
    do throws(DeviceListRule) { try checkAsManagerList(under: root) } catch { throw .deviceList(error) }
  }

  /// Length bounds, then the signature, then the layout: nothing unsigned is parsed.
  private init(_ signedBytes: [UInt8], account: AccountID, key: VerifyingKey) throws(KeyAgreementError) {
    let byteCount = signedBytes.count
    guard byteCount <= Self.byteCounts.upperBound else {
      throw .layout(.tooLong(limit: Self.byteCounts.upperBound, actual: byteCount))
    }
    guard byteCount >= Self.byteCounts.lowerBound else {
      throw .layout(.truncated(needed: Self.byteCounts.lowerBound, left: byteCount))
    }
    let body = signedBytes.dropLast(Self.signatureByteCount)
    let signature = try KeyAgreementError.layout { () throws(LayoutError) in
      Signature(try FixedBytes(signedBytes.suffix(Self.signatureByteCount)))
    }
    guard key.isValid(signature, label: KeyAgreementLabel.deviceList, body: body) else {
      throw .invalidSignature(.deviceList)
    }
    var reader = LayoutReader(body)
    let named: AccountID
    let count: Int
    do throws(LayoutError) {
      try reader.expect(Self.versionByte, field: "device list version")
      named = try reader.accountID()
      version = DeviceListVersion(major: try reader.uint32(), minor: try reader.uint32())
      issuedAt = try reader.uint64()
      previous = try reader.fixed()
      let signer = try reader.uint32()
      self.signer = signer == 0 ? .root : .manager(try DeviceNumber(validating: signer))
      nextDevice = try reader.uint32()
      count = Int(try reader.uint8())
      guard Self.entryCounts.contains(count) else { throw LayoutError.notAllowed(field: "device count") }
    } catch { throw .layout(error) }
    guard named == account else { throw .mismatch(.account) }
    var entries: [DeviceEntry] = []
    for _ in 0..<count { entries.append(try DeviceEntry(reading: &reader, account: account)) }
    do throws(LayoutError) {
      extensions = try Extensions(reading: &reader, understood: [])
      try reader.finish()
    } catch { throw .layout(error) }
    do throws(DeviceListRule) {
      manager = try Self.checkEntries(entries, nextDevice: nextDevice)
    } catch { throw .deviceList(error) }
    self.account = account
    self.entries = entries
    self.signedBytes = signedBytes
  }
}
