import ByteLayout
import Verification

extension DeviceList {
  /// The rules within one list: ascending numbers below `nextDevice`, no key twice, exactly one manager.
  ///
  /// - Returns: the manager's entry.
  static func checkEntries(_ entries: [DeviceEntry], nextDevice: UInt32) throws(DeviceListRule) -> DeviceEntry {
    for (left, right) in zip(entries, entries.dropFirst()) where left.device >= right.device {
      throw .entriesOutOfOrder
    }
    guard Set(entries.map(\.deviceKey)).count == entries.count else { throw .duplicateDeviceKey }
    if let last = entries.last, last.device.value >= nextDevice { throw .numberNotBelowNext(last.device.value) }
    guard nextDevice <= DeviceNumber.range.upperBound + 1 else { throw .numberNotBelowNext(nextDevice) }
    let managers = entries.filter { $0.role == .manager }
    guard managers.count == 1, let manager = managers.first else {
      throw .notExactlyOneManager(count: managers.count)
    }
    return manager
  }

  /// The rules between a manager list and the root list of its major version.
  func checkAsManagerList(under root: DeviceList) throws(DeviceListRule) {
    guard version.major == root.version.major else { throw .otherMajor }
    guard version.minor >= 1 else { throw .impossibleVersion }
    guard signer == .manager(root.manager.device) else { throw .wrongSigner }
    guard manager.device == root.manager.device, manager.deviceKey == root.manager.deviceKey,
      manager.addedAt == root.manager.addedAt, manager.consent == root.manager.consent
    else { throw .managerChanged }
    // Only the first minor version's predecessor is at hand here; a pinned list checks its own successor.
    guard version.minor > 1 || previous == root.hash else { throw .brokenChain }
    try checkNumbers(after: root)
  }

  /// Device numbers only go up, belong to one key, and do not come back.
  func checkNumbers(after earlier: DeviceList) throws(DeviceListRule) {
    guard nextDevice >= earlier.nextDevice else { throw .nextDeviceDecreased }
    for entry in entries where entry.device.value < earlier.nextDevice {
      guard let before = earlier.entry(of: entry.device) else { throw .revokedNumber(entry.device.value) }
      guard before.deviceKey == entry.deviceKey else { throw .deviceKeyChanged(entry.device.value) }
    }
  }
}
