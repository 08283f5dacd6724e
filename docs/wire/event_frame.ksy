# SPDX-License-Identifier: MIT
meta:
  id: event_frame
  title: Vigil event frame, the value of a record of vigil.events.alarm and vigil.events.telemetry
  license: MIT
  ks-version: 0.10
  endian: le
doc: |
  A header and event_count events of elders of one Kafka partition. docs/wire/event-frame.md says the
  same in words, common/wire/event.h in C; tests/flow/kaitai.py holds the three together.
seq:
  - id: magic
    contents: VGEF
  - id: version
    type: u1
    valid: 1
    doc: A reader refuses versions it does not know.
  - id: lane
    type: u1
    enum: lane
  - id: event_count
    type: u2
  - id: frame_bytes
    type: u4
    valid: _io.size
    doc: The whole frame, this header included.
  - id: reserved
    type: u4
    doc: 0; readers ignore it.
  - id: events
    type: event
    repeat: expr
    repeat-expr: event_count
types:
  event:
    seq:
      - id: elder_id
        type: str
        size: 24
        terminator: 0
        encoding: UTF-8
      - id: device_id
        type: str
        size: 32
        terminator: 0
        encoding: UTF-8
      - id: device_time_ms
        type: s8
        doc: Milliseconds since 1970 UTC as the device said; 0 when it said nothing.
      - id: received_time_ms
        type: s8
        doc: When ingest read it off the MQTT socket.
      - id: sequence
        type: u8
        doc: The device's own count within boot_id, or a hash of the message.
      - id: boot_id
        type: u4
      - id: elder_hash
        type: u4
        doc: murmur2(elder_id); the partition is (elder_hash & 0x7fffffff) % partitions.
      - id: device_hash
        type: u4
        doc: murmur2(device_id)
      - id: kind
        type: u2
        enum: kind
        doc: A reader skips kinds it does not know.
      - id: flags
        type: u2
      - id: value
        type: f8
        doc: In the kind's one unit.
      - id: received_sub_us
        type: u2
        doc: Microseconds within received_time_ms.
      - id: validity
        type: u1
        enum: validity
      - id: confidence_pct
        type: u1
      - id: sample_count
        type: u2
      - id: sample_rate_dhz
        type: u2
        doc: Tenths of hertz.
      - id: value2
        type: f8
        doc: Longitude for location, else 0.
      - id: reserved
        size: 8
        doc: 0; readers ignore it.
      - id: samples
        type: sample
        repeat: expr
        repeat-expr: sample_count
      - id: padding
        size: (8 - (sample_count * 6) % 8) % 8
        doc: The next event begins at a multiple of 8.
    instances:
      time_missing:
        value: (flags & 1) != 0
      time_implausible:
        value: (flags & 2) != 0
      sequence_derived:
        value: (flags & 4) != 0
      drill:
        value: (flags & 8) != 0
      buffered:
        value: (flags & 16) != 0
      unauthenticated:
        value: (flags & 32) != 0
      event_time_ms:
        value: 'time_missing or time_implausible ? received_time_ms : device_time_ms'
  sample:
    doc: Acceleration in milli-g.
    seq:
      - id: x
        type: s2
      - id: y
        type: s2
      - id: z
        type: s2
enums:
  lane:
    0: alarm
    1: telemetry
  validity:
    0: valid
    1: off_body
    2: artefact
    3: implausible
    4: stale
  kind:
    1: sos
    2: fall
    3: smoke
    4: gas
    5: carbon_monoxide
    6: heat
    7: water_leak
    8: door_open
    9: door_closed
    10: button_cancel
    11: seizure
    64: heart_rate
    65: respiration_rate
    66: spo2
    67: systolic_bp
    68: diastolic_bp
    69: body_temperature
    70: skin_temperature
    71: blood_glucose
    72: body_weight
    73: body_water
    74: muscle_mass
    75: consciousness
    76: oxygen_supplement
    128: motion
    129: bed_in
    130: bed_out
    131: chair_in
    132: chair_out
    133: toilet
    134: appliance
    135: steps
    136: care_visit
    160: home
    161: away
    162: location
    192: heartbeat
    193: battery
    194: mains_lost
    195: mains_restored
    196: tamper
    197: off_body
    198: worn
    199: link_lost
    200: link_restored
    201: fault
    224: acceleration
    240: listening
