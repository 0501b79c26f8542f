import Foundation
import FuzzTargets

/// libFuzzer's own entry, which takes its options from the arguments (`-help=1` lists them) and calls back for every input.
@_silgen_name("LLVMFuzzerRunDriver") private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The target of this run: the environment variable SOTTO_FUZZ_TARGET names it.
private let target = FuzzTarget(rawValue: ProcessInfo.processInfo.environment["SOTTO_FUZZ_TARGET"] ?? "")

/// `sotto-fuzz --list`, `sotto-fuzz --seeds FOLDER`, or libFuzzer's arguments. Started by Scripts/fuzz.
@main struct Program {
  static func main() throws {
    if CommandLine.arguments.dropFirst().first == "--list" {
      return print(FuzzTarget.allCases.map(\.rawValue).joined(separator: "\n"))
    }
    guard let target else { throw Unknown.target }
    if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--seeds" {
      for (number, seed) in try target.seeds().enumerated() {
        try Data(seed).write(to: URL(fileURLWithPath: CommandLine.arguments[2] + "/seed-\(number)"))
      }
      return
    }
    var (count, arguments) = (CommandLine.argc, CommandLine.unsafeArgv)
    let code = withUnsafeMutablePointer(to: &arguments) { arguments in
      arguments.withMemoryRebound(to: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.self, capacity: 1) {
        runDriver(&count, $0, test)
      }
    }
    exit(code)
  }

  private enum Unknown: Error {
    case target
  }
}

private func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let failure = target?.failure([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
  // What a fuzzer understands as a finding.
  precondition(failure == nil, failure ?? "")
  return 0
}
