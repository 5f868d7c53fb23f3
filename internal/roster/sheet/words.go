package sheet

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The fields of a plain file.
const (
	fieldEmail   = "email"
	fieldKey     = "external_id"
	fieldName    = "name"
	fieldGiven   = "given_name"
	fieldFamily  = "family_name"
	fieldFamily2 = "second_family_name"
	fieldRole    = "role"
	fieldStatus  = "status"
	fieldGrade   = "grade_level"
	fieldClasses = "classes"
	ignored      = "-"
)

// Fields are the fields that a column can be taken for.
func Fields() []string {
	return []string{fieldEmail, fieldKey, fieldName, fieldGiven, fieldFamily, fieldFamily2, fieldRole, fieldStatus, fieldGrade, fieldClasses}
}

// headers are the words of header rows, in English and Spanish, as plain writes them.
var headers = dictionary(map[string]string{
	fieldEmail:   "email|e mail|mail|email address|e mail address|mail address|user email|school email|student email|correo|correo electronico|email del alumno|correo del alumno|direccion de correo|direccion de correo electronico|direccion de email",
	fieldKey:     "external id|externalid|id|sourcedid|sourced id|sis id|school id|student id|studentid|student number|pupil id|teacher id|staff id|person id|user id|identifier|identificador|matricula|numero de matricula|no de matricula|expediente|numero de expediente|id alumno|id de alumno|id estudiante|numero de alumno|legajo|nia",
	fieldName:    "name|full name|fullname|display name|student name|student|pupil|nombre completo|nombre y apellidos|nombre y apellido|apellidos y nombre|alumno|alumna|estudiante",
	fieldGiven:   "first name|firstname|given name|givenname|given names|forename|nombre|nombres|nombre de pila|primer nombre",
	fieldFamily:  "last name|lastname|surname|family name|familyname|apellido|apellidos|primer apellido|apellido paterno|apellido 1",
	fieldFamily2: "second last name|second surname|segundo apellido|apellido materno|apellido 2",
	fieldRole:    "role|user role|user type|rol|perfil|tipo|tipo de usuario|funcion|cargo",
	fieldStatus:  "status|state|enabled|enableduser|active|account status|estado|activo|activa|habilitado|situacion",
	fieldGrade:   "grade|grades|grade level|gradelevel|year|year group|year level|form|curso|grado|nivel|ano|ano escolar",
	fieldClasses: "class|classes|class code|class codes|class name|course|courses|section|sections|group|groups|clase|clases|codigo de clase|grupo|grupos|seccion|secciones|materia|materias|asignatura|asignaturas|taller|talleres",
})

// roles are the words for roles.
var roles = dictionary(map[string]string{
	"student":  "student|pupil|learner|alumno|alumna|alumno a|estudiante",
	"teacher":  "teacher|instructor|faculty|staff|docente|profesor|profesora|profesor a|maestro|maestra|maestro a|profe",
	"operator": "operator|technician|operador|operadora|tecnico|tecnica",
	"admin":    "admin|administrator|administrador|administradora",
	"owner":    "owner|propietario|propietaria",
})

// gone is what a word for a status comes to beside the states of a member.
const gone = "gone"

// states are the words for states.
var states = dictionary(map[string]string{
	"active":    "active|enabled|yes|y|true|1|activo|activa|habilitado|habilitada|si|s|verdadero|alta|matriculado|matriculada",
	"suspended": "suspended|inactive|disabled|no|n|false|0|suspendido|suspendida|inactivo|inactiva|deshabilitado|deshabilitada|falso",
	"pending":   "pending|pendiente",
	gone:        "tobedeleted|to be deleted|deleted|removed|left|withdrawn|baja|retirado|retirada|eliminado|eliminada",
})

func dictionary(of map[string]string) map[string]string {
	out := map[string]string{}
	for meaning, words := range of {
		for word := range strings.SplitSeq(words, "|") {
			out[word] = meaning
		}
	}
	return out
}

// plain is a word without accents, case and punctuation: "Correo-Electrónico" is "correo electronico".
func plain(word string) string {
	var b strings.Builder
	gap := false
	for _, c := range norm.NFD.String(word) {
		switch {
		case unicode.Is(unicode.Mn, c):
		case unicode.IsLetter(c), unicode.IsDigit(c):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(c))
		default:
			gap = true
		}
	}
	return b.String()
}
