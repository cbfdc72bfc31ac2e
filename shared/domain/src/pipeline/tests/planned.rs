//! Plans of pipelines nobody wrote: random graphs that are valid by construction.

use crate::pipeline::{Function, Pipeline, WAVE_MOST};

/// A small generator of our own, so that each run sees the same graphs.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % most
    }
}

/// A pipeline of random depth and width; every picture is judged by the gate at its end.
fn random(dice: &mut Dice) -> String {
    let count = 1 + dice.below(90);
    let mut steps: Vec<String> = Vec::new();
    for index in 0..count {
        let from = (index > 0).then(|| dice.below(index));
        let (kind, with) = match (from, dice.below(4)) {
            (None, _) | (_, 0) => ("image.generate", "prompt: a fox".to_owned()),
            (Some(from), 1) => {
                ("image.remove_background", format!("image: '{{{{ s{from}.image }}}}'"))
            }
            (Some(from), 2) => {
                ("image.upscale", format!("image: '{{{{ s{from}.image }}}}', factor: 2"))
            }
            (Some(from), _) => {
                ("image.convert", format!("image: '{{{{ s{from}.image }}}}', format: png"))
            }
        };
        let after = match dice.below(3) {
            0 if index > 0 => format!(", after: [s{}]", dice.below(index)),
            _ => String::new(),
        };
        steps.push(format!("  s{index}: {{ kind: {kind}, with: {{ {with} }}{after} }}"));
    }
    let all: Vec<String> = (0..count).map(|index| format!("'{{{{ s{index}.image }}}}'")).collect();
    steps.push(format!(
        "  good: {{ kind: gate.quality, with: {{ images: [{}] }} }}",
        all.join(", ")
    ));
    steps.push("  out: { kind: publish, with: { assets: '{{ s0.image }}', target: { kind: s3 } }, after: [good] }".into());
    // Written upside down: the order of a document must not matter.
    steps.reverse();
    format!("name: random\nbudget_usd: 1\nsteps:\n{}\n", steps.join("\n"))
}

#[test]
fn every_reference_of_a_valid_graph_goes_to_an_earlier_wave() {
    let mut dice = Dice(7);
    for round in 0..150 {
        let text = random(&mut dice);
        let pipeline = Pipeline::parse(&text).unwrap_or_else(|p| panic!("{round}: {p:?}\n{text}"));
        let plan = pipeline.plan();
        let planned: usize = plan.waves.iter().map(|wave| wave.steps.len()).sum();
        assert_eq!(planned, pipeline.steps.len());
        for (step, needs) in &plan.needs {
            for need in needs {
                assert!(plan.wave_of(need) < plan.wave_of(step), "{need} before {step}\n{text}");
                assert!(plan.upstream(step).contains(need) && plan.downstream(need).contains(step));
            }
        }
        for (number, wave) in plan.waves.iter().enumerate() {
            assert!(wave.width() <= WAVE_MOST);
            for (item, step) in wave.steps.iter().enumerate() {
                assert_eq!(
                    (plan.wave_of(step), plan.step_at(number, item)),
                    (Some(number), Some(step.as_str()))
                );
            }
        }
        assert_eq!(plan, Pipeline::parse(&text).unwrap().plan(), "a plan is always the same");
    }
}

#[test]
fn more_ready_steps_than_a_wave_holds_take_two_waves_but_gates_take_one() {
    let mut text =
        "name: wide\nbudget_usd: 1\ninputs: { photo: { type: image } }\nsteps:\n".to_owned();
    for index in 0..45 {
        text += &format!(
            "  s{index}: {{ kind: image.convert, with: {{ image: '{{{{ inputs.photo }}}}', format: png }} }}\n"
        );
        text += &format!(
            "  g{index}: {{ kind: gate.quality, with: {{ images: '{{{{ s{index}.image }}}}' }} }}\n"
        );
    }
    let widths: Vec<_> =
        Pipeline::parse(&text).unwrap().plan().widths().iter().map(|w| (w.function, w.n)).collect();
    assert_eq!(
        widths,
        [(Function::Step, 40), (Function::Gate, 1), (Function::Step, 5), (Function::Gate, 1)]
    );
}

#[test]
fn downstream_is_what_a_gate_repeats() {
    let hero = include_str!("../../../../../infra/pipelines/hero-image.yaml");
    let plan = Pipeline::parse(hero).unwrap().plan();
    assert_eq!(plan.downstream("large"), ["large", "safe", "good", "ladder", "publish"]);
    assert_eq!(plan.upstream("good"), ["generate", "cutout", "large", "good"]);
    assert_eq!((plan.item_of("good"), plan.item_of("large")), (Some(0), Some(0)));
    let wire = serde_json::to_string(&plan.widths()[3..]).unwrap();
    assert_eq!(wire, r#"[{"fn":"gate","n":1},{"fn":"step","n":1},{"fn":"publish","n":1}]"#);
}

#[test]
fn a_stored_pipeline_and_its_plan_come_back_the_same() {
    let hero = include_str!("../../../../../infra/pipelines/hero-image.yaml");
    let pipeline = Pipeline::parse(hero).unwrap();
    let stored = serde_json::to_string(&(&pipeline, pipeline.plan())).unwrap();
    let back: (Pipeline, crate::pipeline::Plan) = serde_json::from_str(&stored).unwrap();
    assert_eq!(back, (pipeline.clone(), pipeline.plan()));
}
