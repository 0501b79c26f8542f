package import ByteLayout
package import Primitives
import Verification

extension DeviceList {
  /// Makes and signs a major version.
  ///
  /// - Parameters:
  ///   - rootKey: the account's root key.
  ///   - major: above every known one; 1 in the first list. After total loss: max(known + 1, unix seconds).
  ///   - issuedAt: unix seconds.
  ///   - previous: the list before, if it is known.
  ///   - nextDevice: above every number ever given out, ≤ 128.
  ///   - entries: 1…8, ascending, exactly one manager.
  package static func signedByRoot(
    _ rootKey: borrowing Ed25519SigningKey, major: UInt32, issuedAt: UInt64, previous: DeviceList? = nil,
    nextDevice: UInt32, entries: [DeviceEntry], extensions: Extensions = .none
  ) throws(KeyAgreementError) -> DeviceList {
    let account = AccountID(rootKey: rootKey.verifyingKey)
    let body = try body(
      account: account, version: DeviceListVersion(major: major, minor: 0), issuedAt: issuedAt,
      previous: previous?.hash ?? FixedBytes<32>(), signer: 0, nextDevice: nextDevice, entries: entries,
      extensions: extensions)
    return try DeviceList(rootSigned: try signed(body, by: rootKey), account: account)
  }

  /// Makes and signs the minor version that follows `current`.
  ///
  /// - Parameters:
  ///   - identity: the manager that `lists` names.
  ///   - lists: the newest lists of the account.
  ///   - issuedAt: unix seconds.
  ///   - nextDevice: not below the one before.
  ///   - entries: 1…8, ascending; the manager's device, key, role, addedAt and consent unchanged.
  package static func signedByManager(
    _ identity: borrowing DeviceIdentity, following lists: DeviceLists, issuedAt: UInt64, nextDevice: UInt32,
    entries: [DeviceEntry], extensions: Extensions = .none
  ) throws(KeyAgreementError) -> DeviceList {
    let current = lists.current
    guard current.version.minor < UInt32.max else { throw .deviceList(.impossibleVersion) }
    let body = try body(
      account: current.account,
      version: DeviceListVersion(major: current.version.major, minor: current.version.minor + 1), issuedAt: issuedAt,
      previous: current.hash, signer: identity.device.value, nextDevice: nextDevice, entries: entries,
      extensions: extensions)
    let list = try DeviceList(managerSigned: try signed(body, by: identity.signingKey), under: lists.root)
    do throws(DeviceListRule) { try list.checkNumbers(after: current) } catch { throw .deviceList(error) }
    return list
  }

  private static func body(
    account: AccountID, version: DeviceListVersion, issuedAt: UInt64, previous: FixedBytes<32>, signer: UInt32,
    nextDevice: UInt32, entries: [DeviceEntry], extensions: Extensions
  ) throws(KeyAgreementError) -> [UInt8] {
    guard entryCounts.contains(entries.count) else { throw .layout(.notAllowed(field: "device count")) }
    return try KeyAgreementError.layout { () throws(LayoutError) in
      var writer = LayoutWriter(capacity: byteCounts.upperBound)
      writer.uint8(versionByte)
      writer.append(account.bytes)
      writer.uint32(version.major)
      writer.uint32(version.minor)
      writer.uint64(issuedAt)
      writer.append(previous)
      writer.uint32(signer)
      writer.uint32(nextDevice)
      writer.uint8(UInt8(entries.count))
      for entry in entries { try entry.write(to: &writer) }
      try extensions.write(to: &writer)
      return writer.bytes
    }
  }

  private static func signed(
    _ body: [UInt8], by key: borrowing Ed25519SigningKey
  ) throws(KeyAgreementError) -> [UInt8] {
    do throws(PrimitiveError) {
      return body + (try key.signature(label: KeyAgreementLabel.deviceList, body: body)).bytes.array
    } catch { throw .primitive(error) }
  }
}
