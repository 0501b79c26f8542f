/// The rules of a device list and of its succession that a verified list can still break (C1).
package enum DeviceListRule: Error, Hashable, Sendable {
  /// Not exactly one entry has the role of the manager.
  case notExactlyOneManager(count: Int)
  /// Entries do not ascend strictly by device number.
  case entriesOutOfOrder
  /// One device key stands under two numbers.
  case duplicateDeviceKey
  /// An entry's number is not below `nextDevice`.
  case numberNotBelowNext(UInt32)
  /// Major version 0, a root list with a minor version, or a manager list without one.
  case impossibleVersion
  /// A manager list of another major version than the root list that it stands on.
  case otherMajor
  /// The signer is not the root where it must be, or not the manager of the root list.
  case wrongSigner
  /// A manager list changes the manager's device, key, role, addedAt or consent.
  case managerChanged
  /// `prev` does not name the list before.
  case brokenChain
  /// `nextDevice` went back.
  case nextDeviceDecreased
  /// A number that had been used up came back: revoked numbers stay revoked.
  case revokedNumber(UInt32)
  /// A device number got another device key.
  case deviceKeyChanged(UInt32)
}
