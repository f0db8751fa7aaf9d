// Sourcing measured and laid open for checking. Run it with
// `BENCHMARKS=1 swift run -c release sourcing-benchmarks COMMAND`:
//
//   instances --count N [--seed N] [--constraints] [--steps N]   certificates of random orders
//   retail --data DIR [--orders N]                               certificates of real orders
//   replay --data DIR                                            all real orders, by policy
//   curves --data DIR [--count N] [--seconds N] [--steps N]      the planner's own time
//
// A certificate is a line of JSON for `tools/sourcing-check`; what is for people goes to standard
// error.

let arguments = CommandLine.arguments.dropFirst()
guard let command = arguments.first else {
    fail("which command? instances, retail, replay, curves")
}
let options = Options(arguments.dropFirst(), flags: ["constraints"])
switch command {
case "instances": InstancesCommand.run(options)
case "retail": RetailCommand.run(options)
case "replay": ReplayCommand.run(options)
case "curves": CurvesCommand.run(options)
default: fail("no command \(command): instances, retail, replay, curves")
}
