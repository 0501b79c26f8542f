import CMemcheck
import Glibc

/// `sotto-constant-time [--leak NAME]`, to be run under valgrind: Scripts/constant-time does.
///
/// Ends with 0 when nothing was reported, 1 when something was, and 2 when it could not be checked.
@main
struct Program {
  static func main() {
    guard memcheck_is_running() != 0 else {
      print("sotto-constant-time: run it by Scripts/constant-time, under valgrind")
      exit(2)
    }
    var checks = Checks.all
    let arguments = CommandLine.arguments.dropFirst()
    if let name = arguments.last {
      guard arguments.first == "--leak", let leak = Leaks.all.first(where: { $0.name == name }) else {
        print("sotto-constant-time: --leak \(Leaks.all.map(\.name).joined(separator: "|"))")
        exit(2)
      }
      checks = [(name: "leak: \(name)", run: leak.run)]
    }
    var total: UInt32 = 0
    for check in checks {
      let before = memcheck_report_count()
      do { try check.run() } catch {
        print("\(check.name): \(error)")
        exit(2)
      }
      let reports = memcheck_report_count() - before
      total += reports
      print("\(check.name): \(reports == 0 ? "nothing reported" : "\(reports) reports")")
    }
    exit(total == 0 ? 0 : 1)
  }
}
