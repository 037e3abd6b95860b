// What stands between a layer's products in 8 bits: norms, rotations, activations and quantising, each in one pass over
// memory.  cascade/layers/native_kernels.py calls it; without it, PyTorch does the same in ten passes.
//
// Every intermediate result is rounded to the type of the values, as PyTorch rounds it, so that both agree but for the
// order in which squares are added and the last bits of exp.
//
// Plain functions on raw pointers, without PyTorch's or Python's own types: one binary serves all their versions.
// T is float or bf16; a token's products are `products` times its scale.

#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <vector>

#if defined(_WIN32)
#define EXPORT extern "C" __declspec(dllexport)
#else
#define EXPORT extern "C" __attribute__((visibility("default")))
#endif
#if defined(__GNUC__)
#define INLINE inline __attribute__((always_inline))
#else
#define INLINE inline
#endif
// x86: compiled for AVX-512, AVX2 and neither; the one that the processor has is taken when the library is loaded
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__linux__)
#define VERSIONS __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VERSIONS
#endif

namespace {

struct bf16 {
    uint16_t bits;
};

INLINE float wide(float value) { return value; }
INLINE float wide(bf16 value) {
    uint32_t bits = uint32_t(value.bits) << 16;
    float result;
    std::memcpy(&result, &bits, 4);
    return result;
}

// to the nearest, halves to even
INLINE bf16 to_bf16(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return {uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16)};
}

template <typename T> INLINE T narrow(float value);
template <> INLINE float narrow<float>(float value) { return value; }
template <> INLINE bf16 narrow<bf16>(float value) { return to_bf16(value); }
template <typename T> INLINE float rounded(float value) { return wide(narrow<T>(value)); }

constexpr float LEAST = 1e-12f, LARGEST = 126.0f;
constexpr int ZERO = 128;

// e to the power of a value that is at most 0: a power of two times a polynomial
INLINE float exp_negative(float value) {
    value = value < -87.0f ? -87.0f : value;
    float scaled = value * 1.44269504f;
    float whole = std::nearbyint(scaled);
    float rest = (value - whole * 0.693359375f) + whole * 2.12194440e-4f;
    float series = 1.0f / 720;
    series = series * rest + 1.0f / 120;
    series = series * rest + 1.0f / 24;
    series = series * rest + 1.0f / 6;
    series = series * rest + 0.5f;
    series = series * rest + 1.0f;
    series = series * rest + 1.0f;
    int32_t bits = (int32_t(whole) + 127) << 23;
    float power;
    std::memcpy(&power, &bits, 4);
    return series * power;
}

// the error function, off by at most 3e-7 (Abramowitz and Stegun, formula 7.1.28)
INLINE float error_function(float value) {
    float size = std::fabs(value), series = 0.0000430638f;
    series = series * size + 0.0002765672f;
    series = series * size + 0.0001520143f;
    series = series * size + 0.0092705272f;
    series = series * size + 0.0422820123f;
    series = series * size + 0.0705230784f;
    series = series * size + 1.0f;
    series = series * series;
    series = series * series;
    series = series * series;
    float result = 1.0f - 1.0f / (series * series);
    return std::copysign(result, value);
}

INLINE float gelu(float value) { return 0.5f * value * (1.0f + error_function(value * 0.70710678f)); }

INLINE float silu(float value) {
    float power = exp_negative(-std::fabs(value));
    return value * ((value < 0 ? power : 1.0f) / (1.0f + power));
}

// values of one token as integers around 128, and their scale
template <typename T> INLINE T quantise(const float *values, uint8_t *integers, int64_t size) {
    float largest = 0;
#pragma omp simd reduction(max : largest)
    for (int64_t i = 0; i < size; ++i) {
        float value = std::fabs(values[i]);
        largest = value > largest ? value : largest;
    }
    float least = rounded<T>(LEAST);
    float scale = rounded<T>((largest > least ? largest : least) / LARGEST);
    for (int64_t i = 0; i < size; ++i) integers[i] = uint8_t(int32_t(std::nearbyint(rounded<T>(values[i] / scale))) + ZERO);
    return narrow<T>(scale);
}

// normed in place: values times the reciprocal of their root mean square, times (1 + weight), given so, or weight
template <typename T> INLINE void norm(float *values, const float *weight, float eps, bool plus_one, int64_t size) {
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < size; ++i) squares += values[i] * values[i];
    float factor = 1.0f / std::sqrt(squares / float(size) + eps);
    if (plus_one)
        for (int64_t i = 0; i < size; ++i) values[i] = rounded<T>(values[i] * factor * weight[i]);
    else
        for (int64_t i = 0; i < size; ++i) values[i] = rounded<T>(rounded<T>(values[i] * factor) * weight[i]);
}

using Body = void (*)(void *, int64_t, int64_t);
using Parallel = void (*)(void (*)(void *), void *, unsigned, unsigned);

Parallel parallel = nullptr;

struct Split {
    Body body;
    void *task;
    int64_t tokens;
    int parts;
    std::atomic<int> next{0};
};

// each thread takes parts until none is left: OpenMP may give fewer threads than were asked for
void parts_of(void *given) {
    auto *split = static_cast<Split *>(given);
    for (int part; (part = split->next.fetch_add(1)) < split->parts;)
        split->body(split->task, split->tokens * part / split->parts, split->tokens * (part + 1) / split->parts);
}

// the tokens in equal parts on PyTorch's own threads, where they are known
void over_tokens(Body body, void *task, int64_t tokens, int threads) {
    if (parallel == nullptr || threads < 2 || tokens < 2 * threads) return body(task, 0, tokens);
    Split split{body, task, tokens, threads};
    parallel(parts_of, &split, unsigned(threads), 0);
}

template <typename T> struct Joining {
    T *hidden;
    const T *products, *scales;
    const float *inner, *outer;
    float eps;
    bool plus_one;
    uint8_t *integers;
    T *out_scales, *normed;
    int64_t size;
};

// adds a layer's part to the hidden states and norms them for the next one
template <typename T> INLINE void join(const Joining<T> &task, int64_t first, int64_t last) {
    std::vector<float> buffer(task.size);
    float *values = buffer.data();
    for (int64_t token = first; token < last; ++token) {
        T *hidden = task.hidden + token * task.size;
        if (task.products != nullptr) {
            const T *products = task.products + token * task.size;
            float scale = wide(task.scales[token]);
            for (int64_t i = 0; i < task.size; ++i) values[i] = rounded<T>(wide(products[i]) * scale);
            if (task.inner != nullptr) norm<T>(values, task.inner, task.eps, task.plus_one, task.size);
            for (int64_t i = 0; i < task.size; ++i) hidden[i] = narrow<T>(wide(hidden[i]) + values[i]);
        }
        for (int64_t i = 0; i < task.size; ++i) values[i] = wide(hidden[i]);
        norm<T>(values, task.outer, task.eps, task.plus_one, task.size);
        if (task.normed != nullptr)
            for (int64_t i = 0; i < task.size; ++i) task.normed[token * task.size + i] = narrow<T>(values[i]);
        else
            task.out_scales[token] = quantise<T>(values, task.integers + token * task.size, task.size);
    }
}

template <typename T> struct Turning {
    const T *products, *scales, *cosines, *sines;
    const float *bias, *norms;
    float eps;
    bool plus_one;
    T *queries, *keys, *values;
    const int64_t *places; // of the tokens among all of the rows, where padding is left out; or nullptr
    int64_t rows, length, query_heads, key_heads, size;
};

// the queries, keys and values of all heads: normed and turned by their positions; queries beside those that share their
// keys, token by token, keys and values head by head, row by row
template <typename T> INLINE void turn(const Turning<T> &task, int64_t first, int64_t last) {
    std::vector<float> buffer(task.size);
    float *values = buffer.data();
    int64_t heads = task.query_heads + 2 * task.key_heads, half = task.size / 2;
    for (int64_t token = first; token < last; ++token) {
        float scale = wide(task.scales[token]);
        int64_t among_all = task.places == nullptr ? token : task.places[token];
        int64_t row = among_all / task.length, place = among_all % task.length;
        const T *cosines = task.cosines + token * half, *sines = task.sines + token * half;
        for (int64_t head = 0; head < heads; ++head) {
            const T *products = task.products + (token * heads + head) * task.size;
            for (int64_t i = 0; i < task.size; ++i) values[i] = rounded<T>(wide(products[i]) * scale);
            if (task.bias != nullptr)
                for (int64_t i = 0; i < task.size; ++i)
                    values[i] = rounded<T>(values[i] + task.bias[head * task.size + i]);
            bool is_query = head < task.query_heads, is_value = head >= task.query_heads + task.key_heads;
            int64_t shared = task.query_heads / task.key_heads, number = (head - task.query_heads) % task.key_heads;
            T *out = is_query ? task.queries + ((head / shared * task.rows * task.length + among_all) * shared +
                                                head % shared) * task.size
                              : (is_value ? task.values : task.keys) +
                                    ((row * task.key_heads + number) * task.length + place) * task.size;
            if (is_value) {
                for (int64_t i = 0; i < task.size; ++i) out[i] = narrow<T>(values[i]);
                continue;
            }
            if (task.norms != nullptr)
                norm<T>(values, task.norms + head * task.size, task.eps, task.plus_one, task.size);
            for (int64_t i = 0; i < half; ++i) {
                float cosine = wide(cosines[i]), sine = wide(sines[i]), real = values[i], imaginary = values[i + half];
                out[i] = narrow<T>(rounded<T>(real * cosine) - rounded<T>(imaginary * sine));
                out[i + half] = narrow<T>(rounded<T>(imaginary * cosine) + rounded<T>(real * sine));
            }
        }
    }
}

template <typename T> struct Weighing {
    T *own;                // scores of a row's own keys, (rows * length, shared, width), made weights
    T *of_prefix;          // the same of a prefix, (tokens or rows * length, shared, prefix)
    const uint8_t *mask;   // (rows * length, far + width), of the prefix' first keys and of a row's own
    const int64_t *places; // of each token among rows * length, or nullptr
    bool by_place;         // whether `of_prefix` has padding too
    float scale;
    int64_t far, prefix, width, shared;
};

// scores times the scale, plus what hides some; the largest is returned
template <typename T>
INLINE float shown(const T *scores, const float *hidden, float scale, float most, float *out, int64_t count) {
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < count; ++i) {
        float score = wide(scores[i]) * scale + hidden[i];
        out[i] = score;
        most = score > most ? score : most;
    }
    return most;
}

// softmax of each token's scores over the keys that it sees, of the prefix and of its own row together
template <typename T> INLINE void weigh(const Weighing<T> &task, int64_t first, int64_t last) {
    int64_t columns = task.far + task.width, all = task.prefix + task.width;
    std::vector<float> buffer(3 * all, 0.0f);
    float *values = buffer.data(), *hidden = values + all, *seen = hidden + all; // 0 or -infinity, 1 or 0
    for (int64_t i = task.far; i < task.prefix; ++i) seen[i] = 1;
    for (int64_t token = first; token < last; ++token) {
        int64_t place = task.places == nullptr ? token : task.places[token];
        const uint8_t *mask = task.mask + place * columns;
        for (int64_t i = 0; i < columns; ++i) {
            int64_t key = i < task.far ? i : task.prefix - task.far + i;
            seen[key] = float(mask[i]);
            hidden[key] = mask[i] ? 0.0f : -INFINITY;
        }
        for (int64_t head = 0; head < task.shared; ++head) {
            T *own = task.own + (place * task.shared + head) * task.width;
            T *before = task.of_prefix + ((task.by_place ? place : token) * task.shared + head) * task.prefix;
            float most = shown<T>(before, hidden, task.scale, -INFINITY, values, task.prefix);
            most = shown<T>(own, hidden + task.prefix, task.scale, most, values + task.prefix, task.width);
            float total = 0;
#pragma omp simd reduction(+ : total)
            for (int64_t i = 0; i < all; ++i) {
                float weight = exp_negative(values[i] - most) * seen[i]; // exp is never quite 0
                values[i] = weight;
                total += weight;
            }
            float factor = 1.0f / total;
#pragma omp simd
            for (int64_t i = 0; i < task.prefix; ++i) before[i] = narrow<T>(values[i] * factor);
#pragma omp simd
            for (int64_t i = 0; i < task.width; ++i) own[i] = narrow<T>(values[task.prefix + i] * factor);
        }
    }
}

template <typename T> struct Gating {
    const T *products, *scales;
    bool is_silu;
    uint8_t *integers;
    T *out_scales;
    int64_t size;
};

// the activated gate times what it lets through, quantised
template <typename T> INLINE void gate(const Gating<T> &task, int64_t first, int64_t last) {
    std::vector<float> buffer(task.size);
    float *values = buffer.data();
    for (int64_t token = first; token < last; ++token) {
        const T *gates = task.products + 2 * token * task.size, *others = gates + task.size;
        float scale = wide(task.scales[token]);
        if (task.is_silu)
            for (int64_t i = 0; i < task.size; ++i) values[i] = rounded<T>(silu(rounded<T>(wide(gates[i]) * scale)));
        else
            for (int64_t i = 0; i < task.size; ++i) values[i] = rounded<T>(gelu(rounded<T>(wide(gates[i]) * scale)));
        for (int64_t i = 0; i < task.size; ++i) values[i] = rounded<T>(values[i] * rounded<T>(wide(others[i]) * scale));
        task.out_scales[token] = quantise<T>(values, task.integers + token * task.size, task.size);
    }
}

template <typename T> struct Quantising {
    const T *values;
    uint8_t *integers;
    T *out_scales;
    int64_t size;
};

template <typename T> INLINE void quantise_all(const Quantising<T> &task, int64_t first, int64_t last) {
    std::vector<float> buffer(task.size);
    for (int64_t token = first; token < last; ++token) {
        for (int64_t i = 0; i < task.size; ++i) buffer[i] = wide(task.values[token * task.size + i]);
        task.out_scales[token] = quantise<T>(buffer.data(), task.integers + token * task.size, task.size);
    }
}

// each for both types, in as many versions as the processor may need
#define BODY(name, task, work)                                                                                          \
    VERSIONS void name##_f32(void *given, int64_t first, int64_t last) {                                                \
        work(*static_cast<const task<float> *>(given), first, last);                                                    \
    }                                                                                                                   \
    VERSIONS void name##_bf16(void *given, int64_t first, int64_t last) {                                               \
        work(*static_cast<const task<bf16> *>(given), first, last);                                                     \
    }

BODY(join_body, Joining, join)
BODY(turn_body, Turning, turn)
BODY(weigh_body, Weighing, weigh)
BODY(gate_body, Gating, gate)
BODY(quantise_body, Quantising, quantise_all)

struct Merging {
    const bf16 *weight;
    const float *down, *up;
    int64_t rank, inputs, outputs;
    bool rounds;
    float most;
    int8_t *integers;
    float *scales;
};

// rows of a weight with a low-rank part added, as integers up to `most` and the scale of each
INLINE void merge(const Merging &task, int64_t first, int64_t last) {
    std::vector<float> buffer(task.inputs);
    float *values = buffer.data();
    for (int64_t row = first; row < last; ++row) {
        const bf16 *weight = task.weight + row * task.inputs;
        for (int64_t i = 0; i < task.inputs; ++i) values[i] = wide(weight[i]);
        for (int64_t part = 0; part < task.rank; ++part) {
            const float *down = task.down + part * task.inputs;
            float factor = task.up[part * task.outputs + row];
            for (int64_t i = 0; i < task.inputs; ++i) values[i] += factor * down[i];
        }
        if (task.rounds)
            for (int64_t i = 0; i < task.inputs; ++i) values[i] = rounded<bf16>(values[i]);
        float largest = 0;
#pragma omp simd reduction(max : largest)
        for (int64_t i = 0; i < task.inputs; ++i) {
            float value = std::fabs(values[i]);
            largest = value > largest ? value : largest;
        }
        float scale = (largest > LEAST ? largest : LEAST) / task.most;
        int8_t *integers = task.integers + row * task.inputs;
        for (int64_t i = 0; i < task.inputs; ++i) integers[i] = int8_t(std::nearbyint(values[i] / scale));
        task.scales[row] = scale;
    }
}

VERSIONS void merge_body(void *task, int64_t first, int64_t last) {
    merge(*static_cast<Merging *>(task), first, last);
}

template <typename T> T *as(void *pointer) { return static_cast<T *>(pointer); }
template <typename T> const T *as(const void *pointer) { return static_cast<const T *>(pointer); }

} // namespace

// of what the functions take, so that a library of another version is known
EXPORT int cascade_version() { return 3; }

// `run`: GNU OpenMP's GOMP_parallel of the library that PyTorch uses
EXPORT void cascade_use_threads(Parallel run) { parallel = run; }

EXPORT void cascade_join(int is_bf16, void *hidden, const void *products, const void *scales, const float *inner,
                         const float *outer, float eps, int plus_one, uint8_t *integers, void *out_scales, void *normed,
                         int64_t tokens, int64_t size, int threads) {
    if (is_bf16) {
        Joining<bf16> task{as<bf16>(hidden), as<bf16>(products), as<bf16>(scales), inner, outer, eps, plus_one != 0,
                           integers, as<bf16>(out_scales), as<bf16>(normed), size};
        over_tokens(join_body_bf16, &task, tokens, threads);
    } else {
        Joining<float> task{as<float>(hidden), as<float>(products), as<float>(scales), inner, outer, eps, plus_one != 0,
                            integers, as<float>(out_scales), as<float>(normed), size};
        over_tokens(join_body_f32, &task, tokens, threads);
    }
}

EXPORT void cascade_turn(int is_bf16, const void *products, const void *scales, const void *cosines, const void *sines,
                         const float *bias, const float *norms, float eps, int plus_one, void *queries, void *keys,
                         void *values, const int64_t *places, int64_t tokens, int64_t rows, int64_t length,
                         int64_t query_heads, int64_t key_heads, int64_t size, int threads) {
    if (is_bf16) {
        Turning<bf16> task{as<bf16>(products), as<bf16>(scales), as<bf16>(cosines), as<bf16>(sines), bias, norms, eps,
                           plus_one != 0, as<bf16>(queries), as<bf16>(keys), as<bf16>(values), places, rows,
                           length, query_heads, key_heads, size};
        over_tokens(turn_body_bf16, &task, tokens, threads);
    } else {
        Turning<float> task{as<float>(products), as<float>(scales), as<float>(cosines), as<float>(sines), bias, norms,
                            eps, plus_one != 0, as<float>(queries), as<float>(keys), as<float>(values), places, rows,
                            length, query_heads, key_heads, size};
        over_tokens(turn_body_f32, &task, tokens, threads);
    }
}

EXPORT void cascade_weigh(int is_bf16, void *own, void *of_prefix, const uint8_t *mask, const int64_t *places,
                          int by_place, float scale, int64_t tokens, int64_t far, int64_t prefix, int64_t width,
                          int64_t shared, int threads) {
    if (is_bf16) {
        Weighing<bf16> task{as<bf16>(own), as<bf16>(of_prefix), mask, places, by_place != 0, scale, far, prefix, width, shared};
        over_tokens(weigh_body_bf16, &task, tokens, threads);
    } else {
        Weighing<float> task{as<float>(own), as<float>(of_prefix), mask, places, by_place != 0, scale, far, prefix, width, shared};
        over_tokens(weigh_body_f32, &task, tokens, threads);
    }
}

EXPORT void cascade_gate(int is_bf16, const void *products, const void *scales, int is_silu, uint8_t *integers,
                         void *out_scales, int64_t tokens, int64_t size, int threads) {
    if (is_bf16) {
        Gating<bf16> task{as<bf16>(products), as<bf16>(scales), is_silu != 0, integers, as<bf16>(out_scales), size};
        over_tokens(gate_body_bf16, &task, tokens, threads);
    } else {
        Gating<float> task{as<float>(products), as<float>(scales), is_silu != 0, integers, as<float>(out_scales), size};
        over_tokens(gate_body_f32, &task, tokens, threads);
    }
}

EXPORT void cascade_quantise(int is_bf16, const void *values, uint8_t *integers, void *out_scales, int64_t tokens,
                             int64_t size, int threads) {
    if (is_bf16) {
        Quantising<bf16> task{as<bf16>(values), integers, as<bf16>(out_scales), size};
        over_tokens(quantise_body_bf16, &task, tokens, threads);
    } else {
        Quantising<float> task{as<float>(values), integers, as<float>(out_scales), size};
        over_tokens(quantise_body_f32, &task, tokens, threads);
    }
}

// weight: (outputs, inputs) in bf16; down: (rank, inputs), up: (rank, outputs); rounds: to bf16 before the integers
EXPORT void cascade_merge(const void *weight, const float *down, const float *up, int64_t rank, int64_t inputs,
                          int64_t outputs, int rounds, float most, int8_t *integers, float *scales, int threads) {
    Merging task{as<bf16>(weight), down, up, rank, inputs, outputs, rounds != 0, most, integers, scales};
    over_tokens(merge_body, &task, outputs, threads);
}

// the module that Python finds the library by; it holds nothing that Python calls
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, "cascade_kernels", nullptr, -1, nullptr,
                                 nullptr, nullptr, nullptr, nullptr};

PyMODINIT_FUNC PyInit_cascade_kernels(void) { return PyModule_Create(&definition); }
