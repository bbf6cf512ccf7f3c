using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;
using SocketIO.Cluster;

namespace SocketIO.Orleans.Tests;

/// <summary>Grain storage that outlives every silo, as a database would.</summary>
internal sealed class SharedStorage
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Name, GrainId Grain), (string Json, string ETag)> _states = [];
    private long _writes;

    /// <summary>While set, every access fails with it.</summary>
    public Exception? Outage { get; set; }

    /// <summary>How often it was in vain.</summary>
    public int Refusals { get; private set; }

    /// <summary>Which keys of the rules can't be written, while set.</summary>
    public Predicate<string>? IsReadOnly { get; set; }

    /// <summary>The storage as one silo sees it.</summary>
    public IGrainStorage CreateView(PowerSwitch power) => new View(this, power);

    /// <summary>Waits until a session is stored with a room.</summary>
    public Task WhenSavedAsync(string privateId, string room) =>
        Patience.Until(() => Load(StateKey.Session(privateId)) is { } bytes && SessionState.Read(bytes).Rooms.Contains(room));

    /// <summary>Stores what another version of this project might have.</summary>
    public void Put(string key, byte[] bytes)
    {
        lock (_gate)
        {
            _states[("state", GrainId.Create("socketio.state", key))] = (JsonSerializer.Serialize(new StoredBytes { Bytes = bytes }), "put");
        }
    }

    /// <summary>Loses what is stored under a key of the rules.</summary>
    public void Forget(string key)
    {
        lock (_gate)
        {
            Assert.True(_states.Remove(_states.Keys.Single(state => state.Grain.Key.ToString() == key)));
        }
    }

    /// <summary>What is stored under a key of the rules.</summary>
    public byte[]? Load(string key)
    {
        lock (_gate)
        {
            return _states
                .Where(state => state.Key.Grain.Key.ToString() == key)
                .Select(static state => JsonSerializer.Deserialize<StoredBytes>(state.Value.Json)!.Bytes)
                .SingleOrDefault();
        }
    }

    private void Read<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            ThrowIfOut();
            var exists = _states.TryGetValue((stateName, grainId), out var stored);
            grainState.State = exists ? JsonSerializer.Deserialize<T>(stored.Json)! : Activator.CreateInstance<T>();
            grainState.ETag = exists ? stored.ETag : null!;
            grainState.RecordExists = exists;
        }
    }

    private void Write<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            Check(stateName, grainId, grainState.ETag);
            if (IsReadOnly?.Invoke(grainId.Key.ToString()!) == true)
            {
                throw new IOException("It can't be written.");
            }

            _writes++;
            grainState.ETag = _writes.ToString(CultureInfo.InvariantCulture);
            grainState.RecordExists = true;
            _states[(stateName, grainId)] = (JsonSerializer.Serialize(grainState.State), grainState.ETag);
        }
    }

    private void Clear<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        lock (_gate)
        {
            Check(stateName, grainId, grainState.ETag);
            _states.Remove((stateName, grainId));
            grainState.ETag = null!;
            grainState.RecordExists = false;
        }
    }

    private void Check(string stateName, GrainId grainId, string? etag)
    {
        ThrowIfOut();
        var stored = _states.TryGetValue((stateName, grainId), out var state) ? state.ETag : null;
        if (stored != etag)
        {
            throw new InconsistentStateException("Another one has written.", stored ?? "", etag ?? "");
        }
    }

    private void ThrowIfOut()
    {
        if (Outage is { } outage)
        {
            Refusals++;
            throw outage;
        }
    }

    private sealed class View(SharedStorage storage, PowerSwitch power) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            Try(() => storage.Read(stateName, grainId, grainState));

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            Try(() => storage.Write(stateName, grainId, grainState));

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            Try(() => storage.Clear(stateName, grainId, grainState));

        private async Task Try(Action access)
        {
            await Task.Yield();
            if (!power.IsOn)
            {
                throw new IOException("This silo is cut off.");
            }

            access();
        }
    }
}
