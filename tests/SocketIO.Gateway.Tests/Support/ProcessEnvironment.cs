namespace SocketIO.Gateway.Tests;

/// <summary>Tests that set variables of their own process: nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(ProcessEnvironment), DisableParallelization = true)]
public sealed class ProcessEnvironment;
