//! Every vendor that there is an adapter of.

use crate::vendor::Vendor;

/// One of each, by name.
pub fn all() -> Vec<Box<dyn Vendor>> {
    vec![
        Box::new(crate::ark::Ark),
        Box::new(crate::bedrock::Bedrock),
        Box::new(crate::chat::Chat),
        Box::new(crate::elevenlabs::ElevenLabs),
        Box::new(crate::fal::Fal::default()),
        Box::new(crate::gemini::Gemini),
        Box::new(crate::kling::Kling),
        Box::new(crate::modal::Modal),
        Box::new(crate::openai::OpenAi),
        Box::new(crate::replicate::Replicate),
        Box::new(crate::runway::Runway),
        Box::new(crate::sagemaker::SageMaker),
        Box::new(crate::stability::Stability),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vendor_has_its_name_and_models_of_its_own() {
        let all = all();
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
