//! Every vendor that there is an adapter of.

use crate::vendor::Vendor;
use domain::vendor::Models;

macro_rules! vendors {
    ($($vendor:expr),* $(,)?) => {
        /// One of each, by name.
        pub fn all() -> Vec<Box<dyn Vendor>> {
            vec![$(Box::new($vendor)),*]
        }

        /// What all of them can do. For who asks nobody: it brings no client along.
        pub fn models() -> Models {
            let rows = [$($vendor.models()),*];
            Models::new(rows.into_iter().flatten().cloned())
        }
    };
}

vendors![
    crate::ark::Ark,
    crate::bedrock::Bedrock,
    crate::chat::Chat,
    crate::elevenlabs::ElevenLabs,
    crate::fal::Fal::default(),
    crate::gemini::Gemini,
    crate::house::House,
    crate::kling::Kling,
    crate::modal::Modal,
    crate::openai::OpenAi,
    crate::replicate::Replicate,
    crate::runway::Runway,
    crate::sagemaker::SageMaker,
    crate::stability::Stability,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vendor_has_its_name_and_models_of_its_own() {
        let all = all();
        let rows: usize = all.iter().map(|vendor| vendor.models().len()).sum();
        assert_eq!(models().rows().len(), rows);
        let names: Vec<_> = all.iter().map(|vendor| vendor.name()).collect();
        assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
        for vendor in &all {
            assert!(!vendor.models().is_empty(), "{vendor:?}");
            for model in vendor.models() {
                assert_eq!(model.vendor, vendor.name());
                assert!(model.typical_s > 0 && model.rank <= 100, "{}", model.name());
                assert!(domain::Time::of_day(model.as_of).is_some(), "{}", model.name());
            }
        }
    }
}
